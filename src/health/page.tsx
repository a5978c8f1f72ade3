import { Hono } from 'hono'
import type { SignedIn } from '../sessions/middleware.ts'
import { presentLedger } from './ledger.ts'
import { checkHealth, readLedgerState } from './store.ts'
import { HealthPage } from './view.tsx'

export const healthPages = new Hono<SignedIn>()

healthPages.get('/', async (c) => {
  const { name, accountName } = c.get('member')
  const nowMs = Date.now()
  const [checks, ledger] = await Promise.all([
    checkHealth(c.env),
    readLedgerState(c.env).then(
      (state) => presentLedger(state, nowMs),
      () => null,
    ),
  ])
  return c.html(<HealthPage viewer={{ name, accountName }} checks={checks} ledger={ledger} />)
})
