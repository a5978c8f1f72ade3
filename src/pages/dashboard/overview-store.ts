import { tokenTitles } from '../../credentials/tokens/names-store.ts'
import type { Env } from '../../env.ts'
import { readOutstanding } from '../../ledger/async-jobs/store.ts'
import { readAccountSettings } from '../../people/accounts/settings-store.ts'
import { countCode } from '../../reports/failures/store.ts'
import { lastUses } from '../../reports/requests/store.ts'
import { GROUPS, type GroupBy, type UsageQuery } from '../../reports/usage/input.ts'
import { COSTS, costOf } from '../../reports/usage/present.ts'
import { readRedirects } from '../../reports/usage/redirects-store.ts'
import type { Usage } from '../../reports/usage/store.ts'
import { listBudgets } from '../../spend/budgets/store.ts'
import { inOne, type Asked } from './asked.ts'
import { LISTED, MOST_LISTED } from './lines.tsx'
import type { FrameProps, OverviewProps } from './props.ts'
import { mostExpensive } from './series.ts'

const FIRST_BYTE = { latencies: ['firstByte'] } as const
type Grouped = Record<'all' | 'before' | GroupBy, Usage>

const listedOf = ({ frame }: Asked, groupBy: GroupBy): number =>
  frame.query.all === groupBy ? MOST_LISTED : LISTED

/** The period and the one before it, and the period by each dimension. */
async function readGrouped(view: Asked): Promise<Grouped> {
  const { query, read } = view
  const grouped = (groupBy: GroupBy) => ({
    query: { ...inOne(query), groupBy },
    reading: { ...(groupBy === 'model' && FIRST_BYTE), most: listedOf(view, groupBy) },
  })
  const [all, before, model, requester, token] = await read(
    { query, reading: FIRST_BYTE },
    { query: view.before, reading: FIRST_BYTE },
    grouped('model'),
    grouped('requester'),
    grouped('token'),
  )
  return { all, before, model, requester, token }
}

/** What cost most before, and may cost nothing now: so many keys. */
const GONE_LISTED = 20

const costs = (asked: UsageQuery, most?: number) => ({
  query: asked,
  reading: { measures: COSTS, ...(most !== undefined && { most }) },
})

/** Reads that need to know which keys are listed: the chart's, and what the keys cost in the period before. */
async function readRest(
  view: Asked,
  usage: Grouped,
): Promise<Pick<OverviewProps, 'costBefore' | 'underneath'> & { top: Usage }> {
  const { frame, query, before, read } = view
  const { by, compare } = frame.query
  const keysOf = (groupBy: GroupBy): string[] => usage[groupBy].cells.map(({ key }) => key)
  const listed = (groupBy: GroupBy) =>
    costs({ ...before, groupBy, [groupBy]: keysOf(groupBy) }, listedOf(view, groupBy))
  const [top, ...earlier] = await read(
    costs({ ...query, groupBy: by, [by]: mostExpensive(usage[by].cells) }),
    ...GROUPS.map(listed),
    ...GROUPS.map((groupBy) => costs({ ...before, groupBy }, GONE_LISTED)),
    ...(compare === undefined
      ? []
      : [costs({ ...before, isFine: false, interval: query.interval })]),
  )
  const costsOf = (groupBy: GroupBy): ReadonlyMap<string, number> => {
    const index = GROUPS.indexOf(groupBy)
    const cells = [index, index + GROUPS.length].flatMap((at) => earlier[at]?.cells ?? [])
    return new Map(cells.map((cell) => [cell.key, costOf(cell)]))
  }
  return {
    top,
    costBefore: {
      model: costsOf('model'),
      requester: costsOf('requester'),
      token: costsOf('token'),
    },
    underneath: earlier[2 * GROUPS.length] ?? null,
  }
}

/** Everything that the overview shows, in two rounds. */
export async function readOverview(
  env: Env,
  accountId: string,
  view: Asked,
): Promise<Omit<OverviewProps, keyof FrameProps | 'checklist'> & Pick<FrameProps, 'tokenNames'>> {
  const { query } = view
  const ledger = env.LEDGER
  const [grouped, names, currency, redirects, outstanding, budgets, refused] = await Promise.all([
    readGrouped(view),
    tokenTitles(env, accountId),
    readAccountSettings(env.DB, accountId),
    readRedirects(ledger, accountId, query),
    readOutstanding(ledger, accountId, query),
    listBudgets(env, accountId),
    countCode(ledger, accountId, query, 'budget_exceeded'),
  ])
  const requesters = grouped.requester.cells.map(({ key }) => key)
  const [{ top, ...rest }, lastSeenMs] = await Promise.all([
    readRest(view, grouped),
    lastUses(ledger, accountId, 'requester', requesters),
  ])
  return {
    ...rest,
    usage: { ...grouped, top },
    tokenNames: names,
    lastSeenMs,
    currency,
    redirects,
    budgets,
    budgetZone: currency.timeZone ?? 'UTC',
    refused,
    outstanding,
  }
}
