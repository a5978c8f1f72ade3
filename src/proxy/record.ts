import type { Env, Settings } from '../env.ts'
import { recordInFlight, recordEntries, type Outgoing } from '../ledger/sinks/store.ts'
import { shareRow } from '../ledger/shared-rows.ts'
import type { Exchange } from './exchange.ts'
import { MAY_NOT_HAVE_REACHED_XAI } from '../settlement/exchange-result.ts'
import { noteObjects } from '../credentials/objects/store.ts'
import { recordDeleted, createdObjectOf } from './access.ts'
import { settled, type KnownPrompts } from '../settlement/store.ts'
import { settleLost } from '../settlement/settle.ts'
import type { ProxyRequest } from './request.ts'

export interface Writing {
  write: (outgoing: Outgoing) => Promise<unknown>
  /** A long request may leave an in-flight record. */
  mayRecordInFlight: () => boolean
  /** By model: prompts that have been looked up before. */
  prompts?: KnownPrompts
}

const oneByOne = (env: Env): Writing => ({
  write: (outgoing) => recordEntries(env, [outgoing]),
  mayRecordInFlight: () => true,
})

/** Writes the one row of an exchange when it has ended. A long exchange leaves an in-flight record before that. */
export async function record(
  env: Env,
  { markAfterMs }: Settings,
  exchange: Exchange,
  { write, mayRecordInFlight, prompts }: Writing = oneByOne(env),
): Promise<void> {
  const { call } = exchange
  const inFlight: Promise<void>[] = []
  const timer = setTimeout(() => {
    const standing = mayRecordInFlight() ? exchange.snapshot() : null
    if (standing) inFlight.push(recordInFlight(env, settleLost(call, standing)))
  }, markAfterMs)
  const result = await exchange.ended
  clearTimeout(timer)
  if (result === null) return
  const row = await settled(env, call, result, prompts)
  const { outcome, costBasis } = row.entry
  const costNothing = MAY_NOT_HAVE_REACHED_XAI.has(outcome) && costBasis === 'none'
  if (costNothing && inFlight.length === 0 && (await shareRow(env, row.entry))) return
  // An in-flight record that arrives after the row is ignored.
  await write({ ...row, marked: inFlight.length > 0 })
  await Promise.allSettled(inFlight)
}

/** Notes the object at xAI that a request has created, and removes the note of one that it has deleted. */
export async function recordObjects(proxied: ProxyRequest): Promise<void> {
  const result = await proxied.exchange.ended
  if (result === null) return
  const created = createdObjectOf(proxied, result)
  if (created) await noteObjects(proxied.env, [created])
  await recordDeleted(proxied, result)
}
