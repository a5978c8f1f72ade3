import type { Env } from '../env.ts'
import { HOUR_MS } from '../http/time.ts'
import { firstUuid } from '../http/uuid.ts'
import { plainModel } from '../pricing/prices.ts'
import { COSTS, costOf } from '../reports/usage/present.ts'
import { readUsage } from '../reports/usage/store.ts'
import type { HourCost } from './xai/usage.ts'

/** What the ledger has of a range of hours: of the stored key, and of keys that callers sent themselves. */
export interface LedgerCosts {
  stored: HourCost[]
  passThroughTicks: number
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
  const measures = [...COSTS, 'passThroughTicks'] as const
  const { starts, cells } = await readUsage(LEDGER, accountId, query, { measures })
  return {
    stored: cells.map((cell) => ({
      hourMs: starts[cell.bin] ?? fromMs,
      model: cell.key,
      ticks: costOf(cell) - cell.passThroughTicks,
    })),
    passThroughTicks: cells.reduce((sum, cell) => sum + cell.passThroughTicks, 0),
  }
}

/** Rows whose cost is not xAI's own: where a gap should be. */
export interface Unsure {
  estimated: number
  lost: number
  deferred: number
  unknown: number
}

export const NONE: Unsure = { estimated: 0, lost: 0, deferred: 0, unknown: 0 }

/** Hours whose rows are counted at once. */
export const MOST_HOURS = 48

/** The number of such rows of the stored key by hour and model; '' is the model of rows that have none. */
export async function readUnsure(
  { LEDGER }: Pick<Env, 'LEDGER'>,
  accountId: string,
  hours: readonly number[],
): Promise<(Unsure & { hourMs: number; model: string })[]> {
  if (hours.length === 0) return []
  const spans = hours
    .slice(0, MOST_HOURS)
    .map((hourMs) => [hourMs, firstUuid(hourMs), firstUuid(hourMs + HOUR_MS)])
  const { results } = await LEDGER.prepare(
    `SELECT span.value ->> 0 AS hourMs, ifnull(r.model, '') AS model,
       sum(r.outcome <> 'lost' AND r.cost_basis = 'estimated') AS estimated, sum(r.outcome = 'lost') AS lost,
       sum(r.outcome <> 'lost' AND r.cost_basis = 'deferred') AS deferred, sum(r.outcome <> 'lost' AND r.cost_basis = 'unknown') AS unknown
     FROM json_each(?2) AS span CROSS JOIN requests AS r
       ON r.account_id = ?1 AND r.id >= span.value ->> 1 AND r.id < span.value ->> 2
     WHERE r.mode = 'stored' GROUP BY 1, 2`,
  )
    .bind(accountId, JSON.stringify(spans))
    .all<Unsure & { hourMs: number; model: string }>()
  return results.map((row) => ({ ...row, model: plainModel(row.model) }))
}
