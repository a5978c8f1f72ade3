import { Hono } from 'hono'
import { tryFailingChannels } from '../../alerts/channels/failing-store.ts'
import { readSettings, readSiteSettings, type Env } from '../../env.ts'
import type { SignedIn } from '../../credentials/sessions/middleware.ts'
import { conditionsOf } from '../../reports/health/conditions.ts'
import { presentLedger } from '../../reports/health/ledger.ts'
import {
  checkHealth,
  tryLedgerState,
  tryMasterKeys,
  tryPriceState,
} from '../../reports/health/store.ts'
import { usesOf, type Use } from '../../reports/capacity/capacity.ts'
import { TYPICAL } from '../../reports/capacity/traffic.ts'
import type { LedgerState } from '../../reports/health/ledger.ts'
import { examine } from '../../reports/health/doctor-store.ts'
import { DoctorPage } from './doctor-view.tsx'
import { HealthPage } from './view.tsx'

export const healthPages = new Hono<SignedIn>()

/** What a day like the last one uses of the plan. Null: a setting is wrong, or there were no requests. */
function usesToday(env: Env, { room, retentionDays }: LedgerState): readonly Use[] | null {
  if (room.requestsADay === 0) return null
  try {
    const { plan, ledgerSink: sink } = readSettings(env)
    const { ledgerLimitBytes } = readSiteSettings(env)
    return usesOf(
      {
        ...TYPICAL,
        requests: room.requestsADay,
        eventsAStream: room.outputTokensARequest,
        // The sums do not tell how long the longest are.
        eventsOfLongStreams: room.outputTokensARequest,
        bytesARequest: room.bytesPerRequest,
        retentionDays,
        sink,
        ledgerLimitBytes,
      },
      plan,
    )
  } catch {
    return null
  }
}

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
      uses={state && usesToday(c.env, state)}
    />,
  )
})

healthPages.post('/doctor', async (c) => {
  const { name, accountId, accountName } = c.get('member')
  const findings = await examine(c.env, accountId)
  return c.html(<DoctorPage viewer={{ name, accountName }} findings={findings} />)
})
