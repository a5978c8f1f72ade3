import { Hono } from 'hono'
import type { SignedIn } from '../../credentials/sessions/middleware.ts'
import { ReferencePage } from './view.tsx'

export const referencePages = new Hono<SignedIn>()

referencePages.get('/', (c) => {
  const { name, accountName } = c.get('member')
  return c.html(<ReferencePage viewer={{ name, accountName }} origin={new URL(c.req.url).origin} />)
})
