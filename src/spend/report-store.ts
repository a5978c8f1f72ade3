import type { GroupBy } from '../reports/usage/input.ts'
import { readUsages, type Cell } from '../reports/usage/store.ts'
import { DAY_MS } from '../http/time.ts'
import { fitRange } from '../reports/usage/bins.ts'
import { limitAt, type Budget } from './budget.ts'
import { chosen, MEASURES, METERED, queryOf, readSpent, valueOf } from './ledger-store.ts'
import { periodAt, periodsBefore, type Period } from './window.ts'

/** What a budget has in one window: of the value with the most, since each has the limit for itself. */
export interface WindowUse {
  period: Period
  value: string
  most: number
  total: number
}

const WINDOWS = 12

/** A budget's last windows by the ledger, the running one first. */
export async function readHistory(
  ledger: D1Database,
  accountId: string,
  budget: Budget,
  zone: string,
  nowMs: number,
): Promise<WindowUse[]> {
  const periods = periodsBefore(budget.window, zone, nowMs, WINDOWS)
  const sums = await readSpent(ledger, accountId, budget, periods, nowMs)
  return sums.map((spent, index) => useOf(periods[index]!, spent))
}

function useOf(period: Period, spent: ReadonlyMap<string, number>): WindowUse {
  let [value, most, total] = ['', 0, 0]
  for (const [own, amount] of spent) {
    total += amount
    if (amount > most) [value, most] = [own, amount]
  }
  return { period, value, most, total }
}

/** Who or what filled a budget, with its share. */
export interface Cause {
  by: GroupBy
  key: string
  amount: number
}

const CAUSES = 3

/** The largest parts of a budget's running window, by requester, model and token: but by what it is for. */
export async function readCauses(
  ledger: D1Database,
  accountId: string,
  { scope, value, meter }: Pick<Budget, 'scope' | 'value' | 'meter'>,
  { startMs }: Period,
  nowMs: number,
): Promise<Cause[]> {
  const groups = (['requester', 'model', 'token'] as const).filter(
    (by) => by !== scope || value === null,
  )
  const oldestMs = nowMs - 1_000 * DAY_MS
  const range = fitRange(Math.max(startMs, oldestMs), nowMs)
  const only = (kind: GroupBy): string[] => (scope === kind && value !== null ? [value] : [])
  const usages = await readUsages(
    ledger,
    accountId,
    groups.map((groupBy) => ({
      query: {
        ...range,
        zone: 'UTC',
        model: only('model'),
        requester: only('requester'),
        token: only('token'),
        groupBy,
      },
      reading: { measures: MEASURES, most: CAUSES },
    })),
  )
  return groups.flatMap((by, index) =>
    (usages[index] as { cells: Cell[] }).cells
      .map((cell) => ({ by, key: cell.key, amount: METERED[meter](cell) }))
      .filter(({ amount }) => amount > 0),
  )
}

/** What a budget would have refused in the calendar month before this one, by the ledger. */
export interface Preview {
  /** Windows of that month, and how many of them would have been used up. */
  windows: number
  exceeded: number
  /** What was used, and the part of it beyond the limit. */
  total: number
  beyond: number
  /** The value with the most beyond its limit. Null: none. */
  worst: string | null
}

const MOST_PERIODS = 8

export async function readPreview(
  ledger: D1Database,
  accountId: string,
  budget: Budget,
  zone: string,
  nowMs: number,
): Promise<Preview> {
  const month = periodAt('month', zone, periodAt('month', zone, nowMs).startMs - 1)
  const uses = await readUses(ledger, accountId, budget, month, zone, nowMs)
  const limit = limitAt(budget, nowMs)
  const preview = {
    windows: uses.length,
    exceeded: 0,
    total: 0,
    beyond: 0,
    worst: null as string | null,
  }
  let worstBeyond = 0
  for (const spent of uses) {
    const over = [...spent].filter(([, amount]) => amount > limit)
    if (over.length > 0) preview.exceeded++
    for (const [, amount] of spent) preview.total += amount
    for (const [value, amount] of over) {
      preview.beyond += amount - limit
      if (amount - limit > worstBeyond) [worstBeyond, preview.worst] = [amount - limit, value]
    }
  }
  return preview
}

/** What each window of a month had, by value. Hours and days are read in one go, as the sums have them. */
async function readUses(
  ledger: D1Database,
  accountId: string,
  budget: Budget,
  month: Period,
  zone: string,
  nowMs: number,
): Promise<ReadonlyMap<string, number>[]> {
  const { window } = budget
  if (window === 'hour' || window === 'day')
    return readSteps(ledger, accountId, budget, month, zone)
  const periods: Period[] = []
  for (let ms = month.startMs; ms < month.endMs! && periods.length < MOST_PERIODS;) {
    const period = periodAt(window, zone, ms)
    periods.push(period)
    if (period.endMs === null) break
    ms = period.endMs
  }
  return readSpent(ledger, accountId, budget, periods, nowMs)
}

async function readSteps(
  ledger: D1Database,
  accountId: string,
  budget: Budget,
  { startMs, endMs }: Period,
  zone: string,
): Promise<ReadonlyMap<string, number>[]> {
  const range = { ...fitRange(startMs, endMs!), isFine: false }
  const interval = budget.window === 'hour' ? ('hour' as const) : ('day' as const)
  const query = { ...queryOf(budget, range), zone, interval }
  const [usage] = await readUsages(ledger, accountId, [{ query, reading: { measures: MEASURES } }])
  const steps = usage.starts.map(() => new Map<string, number>())
  for (const cell of usage.cells) {
    const value = valueOf(budget, cell.key)
    const step = steps[cell.bin]
    step?.set(value, (step.get(value) ?? 0) + METERED[budget.meter](cell))
  }
  return steps.map((step) => chosen(step, budget))
}
