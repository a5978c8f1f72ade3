import { DAY_MS } from '../http/time.ts'
import { fitRange } from '../reports/usage/bins.ts'
import { GROUPS, type GroupBy, type UsageQuery } from '../reports/usage/input.ts'
import { costOf } from '../reports/usage/present.ts'
import type { Sums } from '../reports/usage/sql.ts'
import { readUsages } from '../reports/usage/store.ts'
import type { Findings } from './compose.ts'
import type { Facts } from './facts.ts'
import type { Unit } from './rules/kinds.ts'

const CAUSES = 3
const MEASURES = [
  'requests',
  'failed',
  'refused',
  'inputTokens',
  'outputTokens',
  'reportedTicks',
  'computedTicks',
  'estimatedTicks',
  'countedTicks',
  'unknownCosts',
] as const satisfies readonly (keyof Sums)[]
/** The ledger keeps hourly sums of three years at most. */
const OLDEST_MS = 1_000 * DAY_MS

const cost = (sums: Sums): number => costOf(sums) + sums.countedTicks
const requests = (sums: Sums): number => sums.requests

/** What a figure's causes are ranked by. */
const AMOUNTS: Record<Unit, (sums: Sums) => number> = {
  ticks: cost,
  times: cost,
  tokens: ({ inputTokens, outputTokens }) => inputTokens + outputTokens,
  requests,
  percent: ({ failed, refused }) => failed - refused,
  ms: requests,
  days: requests,
}

const NONE: Findings = { causes: [], basis: null }

const amountsOf = ({ kind, unit }: Facts): ((sums: Sums) => number) | null => {
  if (kind === 'error_count') return AMOUNTS.percent
  if (kind === 'credit' || unit === null) return null
  return AMOUNTS[unit]
}

function queryOf({ scope, fromMs }: Facts, toMs: number, groupBy?: GroupBy): UsageQuery {
  const only = (kind: GroupBy): string[] =>
    scope.kind === kind && scope.value !== null ? [scope.value] : []
  return {
    ...fitRange(Math.max(fromMs ?? 0, toMs - OLDEST_MS), toMs),
    zone: 'UTC',
    model: only('model'),
    requester: only('requester'),
    token: only('token'),
    groupBy,
  }
}

/** What a figure comes from: the three largest requesters, models and tokens of its period, and its cost's basis. */
export async function readFindings(
  ledger: D1Database,
  accountId: string,
  facts: Facts,
): Promise<Findings> {
  const amountOf = amountsOf(facts)
  const { fromMs, toMs, scope } = facts
  if (amountOf === null || fromMs === null || toMs === null) return NONE
  const groups = GROUPS.filter((by) => by !== scope.kind || scope.value === null)
  const [total, ...usages] = await readUsages(ledger, accountId, [
    { query: queryOf(facts, toMs), reading: { measures: MEASURES } },
    // The most expensive come first, which those of other figures need not be.
    ...groups.map((by) => ({
      query: queryOf(facts, toMs, by),
      reading: { measures: MEASURES, most: MOST_KEYS },
    })),
  ])
  const sums = total?.cells[0]
  if (!sums) return NONE
  const all = amountOf(sums)
  const causes = groups.flatMap((by, index) =>
    (usages[index]?.cells ?? [])
      .map((cell) => ({ by, key: cell.key, amount: amountOf(cell) }))
      .filter(({ amount }) => amount > 0)
      .toSorted((one, other) => other.amount - one.amount)
      .slice(0, CAUSES)
      .map((cause) => ({ ...cause, share: cause.amount / all })),
  )
  const { reportedTicks, computedTicks, estimatedTicks, unknownCosts } = sums
  return {
    causes,
    basis: {
      reported: reportedTicks,
      computed: computedTicks,
      estimated: estimatedTicks,
      unknown: unknownCosts,
    },
  }
}

const MOST_KEYS = 1_000
