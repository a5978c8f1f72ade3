import { Hono } from 'hono'
import { tryFailingChannels } from '../../alerts/channels/failing-store.ts'
import type { SignedIn } from '../../credentials/sessions/middleware.ts'
import { conditionsOf } from '../../reports/health/conditions.ts'
import { presentLedger } from '../../reports/health/ledger.ts'
import {
  checkHealth,
  tryLedgerState,
  tryMasterKeys,
  tryPriceState,
} from '../../reports/health/store.ts'
import { examine } from '../../reports/health/doctor-store.ts'
import { DoctorPage } from './doctor-view.tsx'
import { HealthPage } from './view.tsx'

export const healthPages = new Hono<SignedIn>()

healthPages.get('/', async (c) => {
  const { name, accountId, accountName } = c.get('member')
  const [checks, state, prices, masterKeys, channels] = await Promise.all([
    checkHealth(c.env),
    tryLedgerState(c.env),
    tryPriceState(c.env),
    tryMasterKeys(c.env),
    tryFailingChannels(c.env, accountId),
  ])
  const nowMs = Date.now()
  const ledger = state && presentLedger(state, conditionsOf(state, nowMs), nowMs)
  return c.html(
    <HealthPage
      viewer={{ name, accountName }}
      checks={checks}
      ledger={ledger}
      prices={prices}
      masterKeys={masterKeys}
      failingChannels={channels}
    />,
  )
})

healthPages.post('/doctor', async (c) => {
  const { name, accountId, accountName } = c.get('member')
  const findings = await examine(c.env, accountId)
  return c.html(<DoctorPage viewer={{ name, accountName }} findings={findings} />)
})
