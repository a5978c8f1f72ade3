import { Hono } from 'hono'
import { readSiteSettings, type Env } from '../../env.ts'
import { SignUpPage } from './view.tsx'

export const signUpPages = new Hono<{ Bindings: Env }>()

signUpPages.get('/', (c) => {
  if (readSiteSettings(c.env).signUp !== 'open') return c.redirect('/sign-in', 303)
  return c.html(<SignUpPage url={c.req.url} />)
})
