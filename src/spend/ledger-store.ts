import { HOUR_MS } from '../http/time.ts'
import { firstUuid, timeOfUuid } from '../http/uuid.ts'
import { plainModel } from '../pricing/prices.ts'
import type { GroupBy, UsageQuery } from '../reports/usage/input.ts'
import { costOf } from '../reports/usage/present.ts'
import type { Sums } from '../reports/usage/sql.ts'
import { readUsagesBeside } from '../reports/usage/store.ts'
import type { Budget, Meter, ScopeKind } from './budget.ts'
import type { Period } from './window.ts'

/** The columns that the meters are computed from. */
export const MEASURES = [
  'reportedTicks',
  'computedTicks',
  'estimatedTicks',
  'countedTicks',
  'inputTokens',
  'outputTokens',
  'requests',
  'uncounted',
] as const satisfies readonly (keyof Sums)[]

/** The amount of sums by meter. */
export const METERED: Record<Meter, (sums: Sums) => number> = {
  cost: (sums) => costOf(sums) + sums.countedTicks,
  tokens: ({ inputTokens, outputTokens }) => inputTokens + outputTokens,
  requests: ({ requests, uncounted }) => requests - uncounted,
}

const GROUPS: Record<ScopeKind, GroupBy | undefined> = {
  account: undefined,
  token: 'token',
  requester: 'requester',
  model: 'model',
}

/** The ledger keeps hourly sums of three years at most. */
const OLDEST_MS = 1_100 * 24 * HOUR_MS

const floor = (ms: number): number => ms - (ms % HOUR_MS)

export interface Part {
  fromMs: number
  beforeMs: number
  /** Added up from single rows. */
  isFine: boolean
}

/** A range as whole hours, and the parts of an hour at its ends: some zones are off by half an hour. */
function partsOf(startMs: number, endMs: number): Part[] {
  const [fromMs, beforeMs] = [floor(startMs + HOUR_MS - 1), floor(endMs)]
  const parts =
    fromMs > beforeMs
      ? [{ fromMs: startMs, beforeMs: endMs, isFine: true }]
      : [
          { fromMs: startMs, beforeMs: fromMs, isFine: true },
          { fromMs, beforeMs, isFine: false },
          { fromMs: beforeMs, beforeMs: endMs, isFine: true },
        ]
  return parts.filter((part) => part.fromMs < part.beforeMs)
}

type Counted = Pick<Budget, 'scope' | 'value' | 'meter'>

/**
 * What the ledger has of a budget in windows, by value, as the budget's meter counts it. Async work counts when its
 * bill came, which the account's object knows better. `endMs` null: until now.
 */
export async function readSpent(
  ledger: D1Database,
  accountId: string,
  budget: Counted,
  periods: readonly Period[],
  nowMs: number,
): Promise<Map<string, number>[]> {
  const { spent } = await readSpentAndNewest(ledger, accountId, budget, periods, nowMs)
  return spent
}

/** The same, with the newest rows that are in it, all at one moment. */
export async function readSpentAndNewest(
  ledger: D1Database,
  accountId: string,
  budget: Counted,
  periods: readonly Period[],
  nowMs: number,
): Promise<{ spent: Map<string, number>[]; newest: NewestRows }> {
  const ranges = periods.map(({ startMs, endMs }) => ({
    startMs: Math.max(startMs, floor(nowMs - OLDEST_MS)),
    // The running hour is in the hourly sums, too.
    endMs: endMs ?? floor(nowMs) + HOUR_MS,
  }))
  const parts = ranges.flatMap((range, index) =>
    partsOf(range.startMs, range.endMs).map((part) => ({ index, query: queryOf(budget, part) })),
  )
  const redirects = isByRequested(budget)
    ? ranges.map((range) => requestedSums(ledger, accountId, range))
    : []
  const { usages, beside } = await readUsagesBeside(
    ledger,
    accountId,
    parts.map(({ query }) => ({ query, reading: { measures: MEASURES } })),
    [newestIds(ledger, accountId, nowMs), ...redirects],
  )
  const spent = periods.map(() => new Map<string, number>())
  for (const [at, { index }] of parts.entries())
    for (const cell of usages[at]!.cells)
      add(spent[index]!, valueOf(budget, cell.key), METERED[budget.meter](cell))
  const [ids = [], ...others] = beside
  for (const [index, rows] of others.entries())
    for (const row of rows as RequestedSum[])
      if (plainModel(row.requested) !== plainModel(row.model))
        add(spent[index]!, plainModel(row.requested), row[budget.meter])
  return { spent: spent.map((one) => chosen(one, budget)), newest: toNewest(ids, nowMs) }
}

function add(sums: Map<string, number>, value: string, amount: number): void {
  if (amount !== 0) sums.set(value, (sums.get(value) ?? 0) + amount)
}

export const valueOf = ({ scope }: Pick<Budget, 'scope'>, key: string): string =>
  scope === 'model' ? plainModel(key) : key

/** The values that a budget is for. */
export function chosen(
  spent: Map<string, number>,
  { scope, value }: Pick<Budget, 'scope' | 'value'>,
): Map<string, number> {
  if (scope === 'account' || value === null) {
    if (scope === 'model') spent.delete('')
    return spent
  }
  const own = scope === 'model' ? plainModel(value) : value
  return new Map([[own, spent.get(own) ?? 0]])
}

/** The query of a budget's sums, by the values of its scope. */
export function queryOf({ scope, value }: Pick<Budget, 'scope' | 'value'>, part: Part): UsageQuery {
  const only = (kind: ScopeKind): string[] => (scope === kind && value !== null ? [value] : [])
  return {
    ...part,
    zone: 'UTC',
    // A model has several names, so that those of one are picked afterwards.
    model: [],
    requester: only('requester'),
    token: only('token'),
    groupBy: GROUPS[scope],
  }
}

type RequestedSum = { requested: string; model: string } & Record<Meter, number>

/** Requests that another model answered count for the requested one as well. Their tokens are in no sum of it. */
const isByRequested = ({ scope, meter }: Counted): boolean =>
  scope === 'model' && meter !== 'tokens'

const requestedSums = (
  ledger: D1Database,
  accountId: string,
  { startMs, endMs }: { startMs: number; endMs: number },
): D1PreparedStatement =>
  ledger
    .prepare(
      `SELECT requested_model AS requested, model, sum(requests) AS requests, sum(cost_ticks) AS cost
       FROM redirects WHERE account_id = ?1 AND hour_ms >= ?2 AND hour_ms < ?3 GROUP BY 1, 2`,
    )
    .bind(accountId, floor(startMs), endMs)

/** Rows of requests that began lately: long requests are written long after their id was made. */
const LATELY_MS = 1_200_000
const MOST_IDS = 2_000

/** The newest rows of an account. */
export interface NewestRows {
  ids: ReadonlySet<string>
  /** All rows of requests that began since are among them. */
  sinceMs: number
}

const newestIds = (ledger: D1Database, accountId: string, nowMs: number): D1PreparedStatement =>
  ledger
    .prepare(
      `SELECT id FROM requests WHERE account_id = ?1 AND id >= ?2 ORDER BY id DESC LIMIT ${MOST_IDS}`,
    )
    .bind(accountId, firstUuid(nowMs - LATELY_MS))

function toNewest(results: readonly unknown[], nowMs: number): NewestRows {
  const ids = (results as { id: string }[]).map(({ id }) => id)
  const oldest = ids.length < MOST_IDS ? null : ids.at(-1)
  const sinceMs = oldest ? timeOfUuid(oldest) : nowMs - LATELY_MS
  return { ids: new Set(ids), sinceMs }
}
