import type { Child } from 'hono/jsx'
import type { GroupBy } from '../../reports/usage/input.ts'
import { addUp, costOf, groupsOf, type Group } from '../../reports/usage/present.ts'
import type { Sums } from '../../reports/usage/sql.ts'
import type { Bucket } from '../../reports/usage/store.ts'
import { logUrl, type LogFilters } from './links.ts'
import type { OverviewProps } from './props.ts'
import { When } from '../../web/when.tsx'

/** The number of groups that a table lists, and of one that was asked for all. One more row sums the others. */
export const LISTED = 50
export const MOST_LISTED = 1_000

export interface Line {
  /** The log with the requests of the row. Null: no filter names them. */
  logUrlOf: (filters?: LogFilters) => string | null
  /** Null: the row sums several keys. */
  key: string | null
  sums: Sums
  total: Sums
  firstByte: readonly Bucket[]
  /** The cost in the period before, in ticks. */
  beforeTicks: number
  lastSeen: Child
}

/** People are ranked by what they cost. Requests without a requester are nobody's, and come last. */
const inOrder = (by: GroupBy, groups: readonly Group[]): Group[] =>
  by === 'requester'
    ? groups.toSorted((one, other) => Number(one.key === '') - Number(other.key === ''))
    : [...groups]

const sum = (list: readonly number[]): number => list.reduce((all, one) => all + one, 0)

/** The rows of a table: the keys that are listed, one for the others, and their sum. */
export function linesOf(
  by: GroupBy,
  { usage, query, range, lastSeenMs, zone, costBefore }: OverviewProps,
) {
  const { cells, firstByte, count: all } = usage[by]
  const listed = inOrder(by, groupsOf(cells))
  const gone = [...costBefore[by]].filter(
    ([key, ticks]) => ticks > 0 && listed.every((group) => group.key !== key),
  )
  const beforeTicks = costOf(addUp(usage.before.cells))
  // Only the number of other groups is read, not their sums. The total then comes from the overall sums.
  const total = addUp(all > listed.length ? usage.all.cells : listed)
  const byKey = Map.groupBy(firstByte, ({ key }) => key)
  const part = { query, ...range }
  const seen = (key: string): Child => {
    const ms = lastSeenMs.get(key)
    return ms === undefined ? '–' : <When ms={ms} zone={zone} />
  }
  const common = { key: null, total, firstByte: [], beforeTicks, lastSeen: '–' } as const
  const knownBefore = [
    ...listed.map(({ key }) => costBefore[by].get(key) ?? 0),
    ...gone.map(([, ticks]) => ticks),
  ]
  return {
    hidden: all - listed.length,
    // A key that has cost nothing since is listed only while there is room for all.
    listed: [
      ...listed,
      ...(all > listed.length ? [] : gone.map(([key]) => ({ key, ...addUp([]) }))),
    ].map(({ key, ...sums }): Line & { key: string } => ({
      key,
      sums,
      total,
      firstByte: byKey.get(key) ?? [],
      beforeTicks: costBefore[by].get(key) ?? 0,
      lastSeen: seen(key),
      // No filter of the log names requests without a model or token.
      logUrlOf: (filters) =>
        key === '' && by !== 'requester' ? null : logUrl(part, { ...filters, group: { by, key } }),
    })),
    others: {
      ...common,
      sums: lessThan(total, listed),
      beforeTicks: Math.max(0, beforeTicks - sum(knownBefore.slice(0, listed.length))),
      logUrlOf: () => null,
    } satisfies Line,
    whole: {
      ...common,
      sums: total,
      firstByte,
      logUrlOf: (filters?: LogFilters) => logUrl(part, filters),
    } satisfies Line,
  }
}

/** The sums `total` minus the sums `some`. */
function lessThan(total: Sums, some: readonly Sums[]): Sums {
  const gone = addUp(some)
  const fields = Object.keys(total) as (keyof Sums)[]
  return Object.fromEntries(fields.map((field) => [field, total[field] - gone[field]])) as Sums
}
