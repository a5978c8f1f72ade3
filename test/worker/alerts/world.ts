import '../../provided.ts'
import { env } from 'cloudflare:workers'
import { inject } from 'vitest'
import type { Received, Step } from '../../receiver/protocol.ts'
import type { Facts } from '../../../src/alerts/facts.ts'
import type { LedgerEntry } from '../../../src/ledger/entry.ts'
import { writeMessages } from '../../../src/ledger/store.ts'
import { entry, messagesOf } from '../ledger/messages.ts'
import { api, type Account } from '../world.ts'

export const USD = 10_000_000_000
export const receiverUrl = inject('receiverUrl')

/** What a message may be about. */
export const alertFacts = (changes: Partial<Facts> = {}): Facts => ({
  kind: 'volume',
  level: 'alert',
  ruleId: 'r',
  name: 'Many requests',
  scope: { kind: 'account', value: null },
  value: 120,
  limit: 100,
  unit: 'requests',
  fromMs: Date.now() - 3_600_000,
  toMs: Date.now(),
  detail: {},
  ...changes,
})

export interface Channel {
  id: string
  name: string
  kind: string
  target: string
  secret: string | null
  isFailing: boolean
  failures: number
  lastError: string | null
  lastDeliveredAt: string | null
}

export interface Hook {
  name: string
  url: string
  channel: Channel
}

/** What `/hook/NAME` does from now on. */
export async function plan(name: string, steps: readonly Step[]): Promise<void> {
  await fetch(`${receiverUrl}/hook/${name}`, { method: 'PUT', body: JSON.stringify(steps) })
}

/** Everything that came to `/hook/NAME`. */
export async function receivedBy(name: string): Promise<Received[]> {
  return (await fetch(`${receiverUrl}/hook/${name}`)).json()
}

/** A channel of the account that leads to the receiver. */
export async function makeChannel(
  account: Account,
  kind: 'webhook' | 'slack' = 'webhook',
): Promise<Hook> {
  const name = crypto.randomUUID()
  const url = `${receiverUrl}/hook/${name}`
  const response = await api(account, 'POST', '/channels', { name: 'ops', kind, target: url })
  if (response.status !== 201) throw new Error(await response.text())
  return { name, url, channel: await response.json() }
}

export interface RuleJson {
  id: string
  state: { subject: string; open: string | null }[]
}

export async function makeRule(account: Account, rule: object): Promise<RuleJson> {
  const response = await api(account, 'POST', '/alerts', rule)
  if (response.status !== 201) throw new Error(await response.text())
  return response.json()
}

/** Rows in the ledger, as many requests as there are entries. */
export async function write(entries: readonly Partial<LedgerEntry>[]): Promise<void> {
  for (let at = 0; at < entries.length; at += 200)
    await writeMessages(
      env.LEDGER,
      messagesOf(entries.slice(at, at + 200).map((one) => entry(one))),
      Date.now(),
    )
}

export interface Told {
  atMs: number
  onceKey: string
  level: string
  kind: string
  value: number | null
  subject: string
}

/** What was told an account, in order. */
export async function toldTo(accountId: string): Promise<Told[]> {
  const { results } = await env.DB.prepare(
    `SELECT once_key AS onceKey, facts, json_array_length(content ->> '$.text') AS sentences FROM alert_messages WHERE account_id = ?1 ORDER BY id`,
  )
    .bind(accountId)
    .all<{ onceKey: string; facts: string }>()
  return results.map(({ onceKey, facts }) => {
    const { level, kind, value } = JSON.parse(facts) as Omit<Told, 'atMs' | 'onceKey' | 'subject'>
    const parts = onceKey.split('/')
    return { onceKey, level, kind, value, atMs: Number(parts.at(-1)), subject: parts[2] ?? '' }
  })
}

/** A webhook's event. */
export interface Event {
  type: string
  timestamp: string
  url: string
  data: {
    id: string
    level: string
    title: string
    text: string
    advice: string
    value: number | null
    limit: number | null
    unit: string | null
    scope: { kind: string; value: string | null }
    basis: { reportedTicks: number; estimatedTicks: number; unknownCosts: number } | null
    causes: { by: string; key: string; name: string; amount: number; share: number }[]
    rule: { id: string; name: string } | null
    budget: { id: string; name: string } | null
    detail: Record<string, unknown>
  }
}

export const eventsIn = (received: readonly Received[]): Event[] =>
  received.map(({ body }) => JSON.parse(body) as Event)
