import { TZDate } from '@date-fns/tz'
import { DAY_MS, HOUR_MS } from '../../http/time.ts'
import { periodAt } from '../../spend/window.ts'

/** A day by the account's calendar, and what it cost, in ticks. */
export interface DayCost {
  startMs: number
  cost: number
}

const WEEKS = 4
const DAYS = 7 * WEEKS
/** With fewer days before today, there is no pattern to go by. */
const FEWEST_DAYS = 7

/** The first day of the costs that a forecast needs: of the month, or of the last four weeks. */
export function forecastFromMs(nowMs: number, zone: string): number {
  const local = new TZDate(nowMs, zone)
  const weeksMs = new TZDate(
    local.getFullYear(),
    local.getMonth(),
    local.getDate() - DAYS,
    zone,
  ).getTime()
  return Math.min(weeksMs, periodAt('month', zone, nowMs).startMs)
}

export interface Forecast {
  /** Spent from the month's beginning until now. */
  spent: number
  /** What the whole month is expected to cost. */
  total: number
}

const hourOf = (ms: number): number => ms - (ms % HOUR_MS)

/** Where clocks are off by half an hour, sums of a day begin with the full hour before its midnight. */
const weekdayOf = (ms: number, zone: string): number =>
  new TZDate(hourOf(ms) + HOUR_MS - 1, zone).getDay()

/**
 * What the running month will cost: what is spent, and for each day that is left the mean of that weekday in the last
 * four weeks. Of today, the part that is left counts. Days before the account's first cost are no pattern. Null: there
 * are too few days to go by.
 *
 * `days`: the days from `forecastFromMs` until today, in order; today's is what it has cost so far.
 */
export function forecastOf(days: readonly DayCost[], nowMs: number, zone: string): Forecast | null {
  const month = periodAt('month', zone, nowMs)
  const today = periodAt('day', zone, nowMs)
  const [monthMs, todayMs] = [hourOf(month.startMs), hourOf(today.startMs)]
  const spent = days
    .filter(({ startMs }) => startMs >= monthMs)
    .reduce((sum, { cost }) => sum + cost, 0)
  const first = days.findIndex(({ cost }) => cost > 0)
  if (first === -1) return null
  const pattern = days
    .slice(first)
    .filter(({ startMs }) => startMs < todayMs)
    .slice(-DAYS)
  if (pattern.length < FEWEST_DAYS) return null
  const means = meansOf(pattern, zone)
  const leftOfToday = (today.endMs! - nowMs) / (today.endMs! - today.startMs)
  let total = spent + means[weekdayOf(nowMs, zone)]! * leftOfToday
  for (let ms = today.endMs!; ms < month.endMs!; ms = periodAt('day', zone, ms).endMs!)
    total += means[weekdayOf(ms, zone)]!
  return { spent, total: Math.round(total) }
}

function meansOf(pattern: readonly DayCost[], zone: string): number[] {
  return Array.from({ length: 7 }, (_, weekday) => {
    const own = pattern.filter(({ startMs }) => weekdayOf(startMs, zone) === weekday)
    return own.reduce((sum, { cost }) => sum + cost, 0) / Math.max(1, own.length)
  })
}

/** The same hour of the days before: their starts, the nearest first. An hour that a clock change skips is left out. */
export function sameHours(hourMs: number, zone: string, days = DAYS): number[] {
  const local = new TZDate(hourMs, zone)
  const starts: number[] = []
  for (let back = 1; back <= days; back++) {
    const then = new TZDate(
      local.getFullYear(),
      local.getMonth(),
      local.getDate() - back,
      local.getHours(),
      local.getMinutes(),
      zone,
    )
    // The sums are kept by UTC's hours.
    const ms = hourOf(then.getTime())
    if (then.getHours() === local.getHours() && ms < hourMs) starts.push(ms)
  }
  return starts
}

/**
 * What an hour usually costs: the mean of the same hour on the days that the account has had costs for. Null: fewer
 * than seven days.
 */
export function usualOf(costs: readonly number[], hourMs: number, firstMs: number): number | null {
  const days = Math.min(costs.length, Math.floor((hourMs - firstMs) / DAY_MS))
  if (days < FEWEST_DAYS) return null
  return costs.slice(0, days).reduce((sum, cost) => sum + cost, 0) / days
}
