import '../../provided.ts'
import { env } from 'cloudflare:workers'
import { beforeEach, expect, inject } from 'vitest'
import { readBills } from '../../../src/billing/job.ts'
import { findManagementKey } from '../../../src/billing/keys/store.ts'
import { readBillReport } from '../../../src/billing/report-store.ts'
import type { BillReport } from '../../../src/billing/report.ts'
import type { LedgerEntry } from '../../../src/ledger/entry.ts'
import type { Team } from '../../xai/management-team.ts'
import { entry } from '../ledger/messages.ts'
import { write } from '../alerts/world.ts'
import { api, makeAccount, memberOf, type Account } from '../world.ts'

export const managementUrl = inject('managementUrl')
export const USD = 10_000_000_000

/** An account with an xAI key and a team of its own, and a saved management key. */
export interface Billed {
  account: Account
  accountId: string
  team: string
  keyId: string
  managementKey: string
}

export async function makeBilled(): Promise<Billed> {
  const key = `xai-${crypto.randomUUID()}`
  const account = await makeAccount({ key })
  const { accountId } = await memberOf(account)
  const identity = identityOf(key)
  const managementKey = `xai-token-${crypto.randomUUID()}`
  await play(identity, { key: managementKey, invoice: { coreInvoice: {} } })
  return { account, accountId, ...identity, managementKey }
}

/** What the scripted xAI says of a key, by its last characters. */
export const identityOf = (key: string): { team: string; keyId: string } => ({
  team: `team-${key.slice(-12)}`,
  keyId: `id-${key.slice(-12)}`,
})

/** What the management API tells of a team from now on. */
export async function play({ team }: { team: string }, told: Team): Promise<void> {
  await fetch(`${managementUrl}/team/${encodeURIComponent(team)}`, {
    method: 'PUT',
    body: JSON.stringify(told),
  })
}

export const saveKey = (account: Account, key: string): Promise<Response> =>
  api(account, 'PUT', '/management-keys/grok', { key })

/** Rows in the ledger as xAI bills them: by the hour. */
export const rows = (
  accountId: string,
  list: readonly ({ hourMs: number; usd: number } & Partial<LedgerEntry>)[],
): Promise<void> =>
  write(
    list.map(({ hourMs, usd, ...others }) =>
      entry({
        accountId,
        atMs: hourMs + 60_000,
        model: 'grok-4.3',
        costTicks: Math.round(usd * USD),
        costBasis: 'reported',
        mode: 'stored',
        ...others,
      }),
    ),
  )

export const NOW = Date.UTC(2026, 9, 20, 4)
export const hour = (at: number, daysAgo = 1): number => Date.UTC(2026, 9, 20 - daysAgo, at)

type Usage = NonNullable<Team['usage']>

/** A new account for each test, as if its xAI key had been saved long before. */
export function useBilled() {
  const world = { billed: null as unknown as Billed, usageOf, reportAt }
  beforeEach(async () => {
    world.billed = await makeBilled()
    await saveKey(world.billed.account, world.billed.managementKey)
    await env.DB.prepare('UPDATE provider_keys SET saved_at_ms = 0 WHERE account_id = ?1')
      .bind(world.billed.accountId)
      .run()
  })

  function usageOf(list: readonly [hourMs: number, usd: number, model?: string][]): Usage {
    const { keyId } = world.billed
    return list.map(([hourMs, usd, model = 'grok-4.3']) => ({ keyId, model, hourMs, usd }))
  }

  /** Plays a bill, reads it at a moment, and compares it. */
  async function reportAt(nowMs: number, told: Partial<Team>, days = 7): Promise<BillReport> {
    const { accountId, managementKey } = world.billed
    await play(world.billed, { key: managementKey, invoice: { coreInvoice: {} }, ...told })
    // The turn is this account's.
    await env.DB.prepare('DELETE FROM management_keys WHERE account_id <> ?1').bind(accountId).run()
    await readBills(env, nowMs)
    const key = (await findManagementKey(env, accountId))!
    expect(key.problem).toBe(null)
    return readBillReport(env, accountId, key, days, nowMs)
  }

  return world
}
