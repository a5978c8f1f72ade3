import type { Env } from '../env.ts'
import { HOUR_MS } from '../http/time.ts'
import { firstUuid } from '../http/uuid.ts'
import { plainModel } from '../pricing/prices.ts'
import { COSTS, costOf } from '../reports/usage/present.ts'
import { readUsage } from '../reports/usage/store.ts'
import type { LateBill } from './compare.ts'
import type { HourCost } from './xai/usage.ts'

/** What the ledger has of a range of hours. */
export interface LedgerCosts {
  /** Of the stored key; of what Metrion fetched itself, too. */
  stored: HourCost[]
  /** Of keys that callers sent themselves. */
  passThrough: HourCost[]
  /** The number of requests of each hour. */
  requests: ReadonlyMap<number, number>
}

/** The costs of an account's requests by hour and model, from the sums. */
export async function readLedgerCosts(
  { LEDGER }: Pick<Env, 'LEDGER'>,
  accountId: string,
  fromMs: number,
  beforeMs: number,
): Promise<LedgerCosts> {
  const query = {
    fromMs,
    beforeMs,
    interval: 'hour' as const,
    zone: 'UTC',
    groupBy: 'model' as const,
    model: [],
    requester: [],
    token: [],
  }
  const measures = [...COSTS, 'passThroughTicks', 'requests'] as const
  const { starts, cells } = await readUsage(LEDGER, accountId, query, { measures })
  const requests = new Map<number, number>()
  const all = cells.map((cell) => {
    const hourMs = starts[cell.bin] ?? fromMs
    requests.set(hourMs, (requests.get(hourMs) ?? 0) + cell.requests)
    return { cell, hourMs, model: cell.key }
  })
  return {
    stored: all.map(({ cell, ...one }) => ({
      ...one,
      ticks: costOf(cell) - cell.passThroughTicks,
    })),
    passThrough: all.flatMap(({ cell, ...one }) =>
      cell.passThroughTicks > 0 ? [{ ...one, ticks: cell.passThroughTicks }] : [],
    ),
    requests,
  }
}

/** Since when the ledger has rows, and sums by the hour. */
export async function readKept(
  { LEDGER }: Pick<Env, 'LEDGER'>,
  accountId: string,
): Promise<{ rowsMs: number; hoursMs: number }> {
  const kept = await LEDGER.prepare(
    'SELECT before_ms AS rowsMs, daily_before_ms AS hoursMs FROM pruned WHERE account_id = ?1',
  )
    .bind(accountId)
    .first<{ rowsMs: number; hoursMs: number }>()
  return kept ?? { rowsMs: 0, hoursMs: 0 }
}

/** By the model that answered, or else the requested one, as in the sums. */
const MODEL = `ifnull(r.model, ifnull(r.requested_model, ''))`
const MOST_LATE = 5_000

const hourOf = (ms: number): number => ms - (ms % HOUR_MS)

/** Bills that came with a later request than the one that began the work, in other hours. */
export async function readLateBills(
  { LEDGER }: Pick<Env, 'LEDGER'>,
  accountId: string,
  fromMs: number,
  beforeMs: number,
): Promise<LateBill[]> {
  const { results } = await LEDGER.prepare(
    `SELECT min(w.at_ms) AS beganMs, r.at_ms AS hourMs, ${MODEL} AS model, ifnull(r.cost_ticks, 0) AS ticks
     FROM works AS w CROSS JOIN requests AS r ON r.account_id = w.account_id AND r.id = w.billed_by
     WHERE w.account_id = ?1 AND w.billed_by >= ?2 AND w.billed_by < ?3 AND r.mode <> 'pass-through'
     GROUP BY r.id HAVING ticks > 0 LIMIT ${MOST_LATE}`,
  )
    .bind(accountId, firstUuid(fromMs), firstUuid(beforeMs))
    .all<LateBill>()
  return results
    .map((one) => ({ ...one, beganMs: hourOf(one.beganMs), hourMs: hourOf(one.hourMs) }))
    .filter(({ beganMs, hourMs }) => beganMs < hourMs)
}

/** Rows whose cost is not xAI's own: where a gap should be. */
export interface Unsure {
  estimated: number
  lost: number
  deferred: number
  unknown: number
}

/** The number of such rows by hour and model, but for requests with keys of callers. */
export async function readUnsure(
  { LEDGER }: Pick<Env, 'LEDGER'>,
  accountId: string,
  hours: readonly number[],
): Promise<(Unsure & { hourMs: number; model: string })[]> {
  if (hours.length === 0) return []
  const spans = hours.map((hourMs) => [hourMs, firstUuid(hourMs), firstUuid(hourMs + HOUR_MS)])
  const { results } = await LEDGER.prepare(
    `SELECT span.value ->> 0 AS hourMs, ${MODEL} AS model,
       sum(r.outcome <> 'lost' AND r.cost_basis = 'estimated') AS estimated, sum(r.outcome = 'lost') AS lost,
       sum(r.outcome <> 'lost' AND r.cost_basis = 'deferred') AS deferred, sum(r.outcome <> 'lost' AND r.cost_basis = 'unknown') AS unknown
     FROM json_each(?2) AS span CROSS JOIN requests AS r
       ON r.account_id = ?1 AND r.id >= span.value ->> 1 AND r.id < span.value ->> 2
     WHERE r.mode <> 'pass-through' GROUP BY 1, 2`,
  )
    .bind(accountId, JSON.stringify(spans))
    .all<Unsure & { hourMs: number; model: string }>()
  return results.map((row) => ({ ...row, model: plainModel(row.model) }))
}
