import type { Env, Settings } from '../env.ts'
import { recordInFlight, recordEntries, type Outgoing } from '../ledger/sinks/store.ts'
import type { Sink } from '../ledger/sinks/sink.ts'
import { shareRow } from '../ledger/shared-rows.ts'
import type { Exchange } from './exchange.ts'
import { MAY_NOT_HAVE_REACHED_XAI, type ExchangeResult } from '../settlement/exchange-result.ts'
import type { LedgerEntry } from '../ledger/entry.ts'
import { noteObjects } from '../credentials/objects/store.ts'
import { recordDeleted, createdObjectOf } from './access.ts'
import { settled, type KnownPrompts } from '../settlement/store.ts'
import { settleLost } from '../settlement/settle.ts'
import { readBilled } from '../spend/billed-store.ts'
import type { ProxyRequest } from './request.ts'

export interface Writing {
  /** Returns the sink that took the row; null: none did. */
  write: (outgoing: Outgoing) => Promise<Sink['name'] | null>
  /** A long request may leave an in-flight record. */
  mayRecordInFlight: () => boolean
  /** By model: prompts that have been looked up before. */
  prompts?: KnownPrompts
  /** Rows are gathered before they are written: budgets do not wait for that. */
  isBatched?: boolean
}

const oneByOne = (env: Env): Writing => ({
  write: (outgoing) => recordEntries(env, [outgoing]),
  mayRecordInFlight: () => true,
})

/** The row of a request that never ends: budgets count what was reserved for it. */
const lostEntry = ({ call, reservation }: Exchange, standing: ExchangeResult): LedgerEntry => ({
  ...settleLost(call, standing),
  countedTicks: reservation?.countedTicks ?? null,
})

/** Writes the one row of an exchange when it has ended. A long exchange leaves an in-flight record before that. */
export async function record(
  env: Env,
  { markAfterMs }: Settings,
  exchange: Exchange,
  { write, mayRecordInFlight, prompts, isBatched = false }: Writing = oneByOne(env),
): Promise<void> {
  const { call } = exchange
  const inFlight: Promise<void>[] = []
  const timer = setTimeout(() => {
    const standing = mayRecordInFlight() ? exchange.snapshot() : null
    if (standing) inFlight.push(recordInFlight(env, lostEntry(exchange, standing)))
  }, markAfterMs)
  const result = await exchange.ended
  clearTimeout(timer)
  exchange.reservation?.done()
  if (result === null) return
  const row = await settled(env, call, result, prompts)
  const { outcome, costBasis } = row.entry
  const costNothing = MAY_NOT_HAVE_REACHED_XAI.has(outcome) && costBasis === 'none'
  if (costNothing && inFlight.length === 0 && (await shareRow(env, row.entry)))
    return exchange.reservation?.release()
  const counted = withCounted(row, exchange)
  // An in-flight record that arrives after the row is ignored.
  if (isBatched) await countSpend(env, exchange, counted, false)
  const takenBy = await write({ ...counted, marked: inFlight.length > 0 })
  if (!isBatched) await countSpend(env, exchange, counted, takenBy === 'd1')
  await Promise.allSettled(inFlight)
}

type Row = Omit<Outgoing, 'marked'>

/** Where the cost is not known, or still to come, budgets count what was reserved. The row says how much. */
function withCounted({ entry, work }: Row, { reservation }: Exchange): Row {
  const isOpen = entry.costBasis === 'unknown' || entry.costBasis === 'deferred'
  // The results of a batch are billed one by one, and nothing is known of them yet.
  if (!reservation || !isOpen || work?.kind === 'batch') return { entry, work }
  return { entry: { ...entry, countedTicks: reservation.countedTicks }, work }
}

/** Counts a request on its budgets, once its row is written: the ledger is never behind what was counted. */
async function countSpend(
  env: Env,
  { reservation }: Exchange,
  { entry, work }: Row,
  isWritten: boolean,
): Promise<void> {
  if (!reservation) return
  if (work?.of == null || !isWritten) return reservation.end({ entry, isWritten, began: null })
  // The ledger decides whether this is the first to bring the bill of async work.
  const billed = await readBilled(env.LEDGER, entry, work.of).catch((error: unknown) => {
    console.error('bill not read', String(error))
    return null
  })
  reservation.end({
    entry: billed ? { ...entry, ...billed.entry } : entry,
    isWritten,
    began: billed?.began ?? null,
  })
}

/** Notes the object at xAI that a request has created, and removes the note of one that it has deleted. */
export async function recordObjects(proxied: ProxyRequest): Promise<void> {
  const result = await proxied.exchange.ended
  if (result === null) return
  const created = createdObjectOf(proxied, result)
  if (created) await noteObjects(proxied.env, [created])
  await recordDeleted(proxied, result)
}
