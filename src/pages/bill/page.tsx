import { Hono } from 'hono'
import { findManagementKey } from '../../billing/keys/store.ts'
import { readBillReport } from '../../billing/report-store.ts'
import type { SignedIn } from '../../credentials/sessions/middleware.ts'
import { BillPage } from './view.tsx'

export const billPages = new Hono<SignedIn>()

const WEEK = 7
const MONTH = 30

billPages.get('/', async (c) => {
  const { name, accountId, accountName, role } = c.get('member')
  const days = c.req.query('days') === String(MONTH) ? MONTH : WEEK
  const saved = await findManagementKey(c.env, accountId)
  const isRead = saved !== null && saved.readAtMs !== null
  const report = isRead ? await readBillReport(c.env, accountId, saved, days, Date.now()) : null
  return c.html(
    <BillPage
      viewer={{ name, accountName }}
      isOwner={role === 'owner'}
      {...{ saved, report, days }}
    />,
  )
})
