import '../../provided.ts'
import { inject } from 'vitest'
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
