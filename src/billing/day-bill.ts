import { DAY_MS, HOUR_MS } from '../http/time.ts'
import type { UsageBill } from './xai/usage.ts'

/** What xAI billed for a model in an hour (UTC), in ticks: to the account's key, and to all keys of its team. */
export interface BilledHour {
  hourMs: number
  model: string
  key: number
  team: number
}

/** xAI's bill of a day (UTC). */
export interface DayBill {
  dayMs: number
  readAtMs: number
  /** xAI cut its answer short: the figures are incomplete. */
  isCut: boolean
  /** The same, for the figures of the team. */
  isTeamCut: boolean
  /** Since when the key that this is the bill of was saved. */
  sinceMs: number
  /** With the first hour of the day after: a request near the end of a day may count there. */
  hours: BilledHour[]
  /** Hours that xAI has not reported. */
  missing: number[]
}

export interface DayRange {
  /** The start of a day. */
  fromMs: number
  /** The end of the last day. */
  beforeMs: number
}

/** xAI is asked for an hour more than the days. */
export const askedRange = ({ fromMs, beforeMs }: DayRange): DayRange => ({
  fromMs,
  beforeMs: beforeMs + HOUR_MS,
})

/** The bills of a key and of its team as days; each day of the range is there, with or without a cost. */
export function daysOf(
  { ofKey, ofTeam }: { ofKey: UsageBill; ofTeam: UsageBill },
  { fromMs, beforeMs }: DayRange,
  { readAtMs, sinceMs }: { readAtMs: number; sinceMs: number },
): DayBill[] {
  const byCell = new Map<string, BilledHour>()
  const add = (bill: UsageBill, field: 'key' | 'team'): void => {
    for (const { hourMs, model, ticks } of bill.costs) {
      const cell = byCell.get(`${hourMs} ${model}`) ?? { hourMs, model, key: 0, team: 0 }
      cell[field] += ticks
      byCell.set(`${hourMs} ${model}`, cell)
    }
  }
  add(ofKey, 'key')
  add(ofTeam, 'team')
  const cells = [...byCell.values()].toSorted((one, other) => one.hourMs - other.hourMs)
  // Without any series, nothing was billed; then nothing is missing either.
  const reported = ofKey.hours.size > 0 ? ofKey.hours : null
  const days: DayBill[] = []
  for (let dayMs = fromMs; dayMs < beforeMs; dayMs += DAY_MS) {
    const endMs = dayMs + DAY_MS
    const hours = Array.from({ length: 24 }, (_, hour) => dayMs + hour * HOUR_MS)
    days.push({
      dayMs,
      readAtMs,
      sinceMs,
      isCut: ofKey.isCut,
      isTeamCut: ofTeam.isCut,
      hours: cells.filter(({ hourMs }) => hourMs >= dayMs && hourMs <= endMs),
      missing: reported === null ? [] : hours.filter((hourMs) => !reported.has(hourMs)),
    })
  }
  return days
}
