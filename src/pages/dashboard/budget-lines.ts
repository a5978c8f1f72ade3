import { usd } from '../../http/format.ts'
import { DAY_MS, HOUR_MS } from '../../http/time.ts'
import type { Interval } from '../../reports/usage/bins.ts'
import { limitAt, type Budget } from '../../spend/budget.ts'
import { periodAt } from '../../spend/window.ts'
import type { Series } from './chart.tsx'
import type { DashboardQuery } from './input.ts'

const STEPS_MS: Record<Interval, number> = { '5min': 300_000, hour: HOUR_MS, day: DAY_MS }
const STEP_WORDS: Record<Interval, string> = { '5min': 'five minutes', hour: 'hour', day: 'day' }
const MOST_LINES = 2

/** The budget is for exactly what the page is filtered by. */
function isOfView({ scope, value }: Budget, query: DashboardQuery): boolean {
  const filters = { token: query.token, requester: query.requester, model: query.model }
  const set = Object.entries(filters).filter(([, values]) => values.length > 0)
  if (scope === 'account') return set.length === 0
  const [only] = set
  return set.length === 1 && only?.[0] === scope && only[1].length === 1 && only[1][0] === value
}

/** The lines of cost budgets in the chart: for a longer window, what each step may have of it. */
export function budgetLines(
  budgets: readonly Budget[],
  query: DashboardQuery,
  { interval, starts, zone }: { interval: Interval; starts: readonly number[]; zone: string },
  nowMs: number,
): Series[] {
  return budgets
    .filter((budget) => budget.meter === 'cost' && budget.window !== 'lifetime')
    .filter((budget) => isOfView(budget, query))
    .slice(0, MOST_LINES)
    .map((budget) => {
      const limit = limitAt(budget, nowMs)
      const isStep = budget.window === interval
      return {
        title: `${budget.name}: ${usd(limit)} a ${budget.window}${isStep ? '' : `, by the ${STEP_WORDS[interval]}`}`,
        line: 'limit' as const,
        values: starts.map((startMs) => {
          if (isStep) return limit
          const period = periodAt(budget.window, zone, startMs)
          const lengthMs = (period.endMs ?? startMs) - period.startMs
          // A window shorter than a step comes several times in it.
          return Math.round((limit * STEPS_MS[interval]) / lengthMs)
        }),
      }
    })
}
