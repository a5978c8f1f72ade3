import { DAY_MS } from '../http/time.ts'
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
  hours: BilledHour[]
}

/** The bills of a key and of its team as days; each day of the range is there, with or without a cost. */
export function daysOf(
  { ofKey, ofTeam }: { ofKey: UsageBill; ofTeam: UsageBill },
  { fromMs, beforeMs }: { fromMs: number; beforeMs: number },
  readAtMs: number,
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
  const days: DayBill[] = []
  for (let dayMs = fromMs; dayMs < beforeMs; dayMs += DAY_MS)
    days.push({
      dayMs,
      readAtMs,
      isCut: ofKey.isCut || ofTeam.isCut,
      hours: cells.filter(({ hourMs }) => hourMs >= dayMs && hourMs < dayMs + DAY_MS),
    })
  return days
}
