import type { Env } from '../env.ts'
import { DAY_MS, HOUR_MS } from '../http/time.ts'
import { plainModel } from '../pricing/prices.ts'
import { readDayBills } from './bill-store.ts'
import { compare, coverageOf, grouped, TOLERANCE_TICKS, type Compared } from './compare.ts'
import { creditOf } from './credit.ts'
import type { BilledHour, DayBill } from './day-bill.ts'
import type { ManagementKey } from './keys/store.ts'
import {
  readKept,
  readLateBills,
  readLedgerCosts,
  readUnsure,
  type LedgerCosts,
} from './ledger-store.ts'
import type { BillReport, Gap, Past } from './report.ts'
import type { Invoice } from './xai/invoice.ts'

/** Gaps that are listed: the largest. */
const MOST_GAPS = 40
/** Rows that are counted for them. */
const MOST_ROWS = 20_000

const dayOf = (ms: number): number => ms - (ms % DAY_MS)

/** What was spent with other keys of the team than the account's, by model. */
function pastOf(hours: readonly BilledHour[], passThroughTicks: number): Past {
  const byModel = [...Map.groupBy(hours, ({ model }) => plainModel(model))]
    .map(([model, own]) => ({
      model,
      ticks: own.reduce((sum, { team, key }) => sum + team - key, 0),
    }))
    .filter(({ ticks }) => ticks > TOLERANCE_TICKS)
    .toSorted((one, other) => other.ticks - one.ticks)
  const ticks = byModel.reduce((sum, one) => sum + one.ticks, 0)
  return { ticks, byModel, passThroughTicks }
}

interface Kept {
  rowsMs: number
  hoursMs: number
}

/** The hours of the largest gaps whose rows can be counted, within a number of rows. */
function countable(open: readonly Compared[], { requests }: LedgerCosts, kept: Kept): number[] {
  let left = MOST_ROWS
  return [...new Set(open.slice(0, MOST_GAPS).map(({ hourMs }) => hourMs))].filter((hourMs) => {
    if (hourMs < kept.rowsMs || hourMs < kept.hoursMs) return false
    const rows = requests.get(hourMs) ?? 0
    if (rows > left) return false
    left -= rows
    return true
  })
}

async function readGaps(
  env: Env,
  accountId: string,
  cells: readonly Compared[],
  ledger: LedgerCosts,
  kept: Kept,
): Promise<Pick<BillReport, 'gaps' | 'moreGaps'>> {
  const open = cells
    .filter(({ gap }) => Math.abs(gap) > TOLERANCE_TICKS)
    .toSorted((one, other) => Math.abs(other.gap) - Math.abs(one.gap))
  const hours = countable(open, ledger, kept)
  const unsure = await readUnsure(env, accountId, hours)
  const gaps = open.slice(0, MOST_GAPS).map((cell): Gap => {
    const own = unsure.filter((row) => row.hourMs === cell.hourMs && row.model === cell.model)
    const sum = (of: 'estimated' | 'lost' | 'deferred' | 'unknown'): number =>
      own.reduce((total, row) => total + row[of], 0)
    return {
      ...cell,
      isDay: cell.hourMs < kept.hoursMs,
      rows: hours.includes(cell.hourMs)
        ? {
            estimated: sum('estimated'),
            lost: sum('lost'),
            deferred: sum('deferred'),
            unknown: sum('unknown'),
          }
        : null,
      passThroughTicks: ledger.passThrough
        .filter((one) => one.hourMs === cell.hourMs && plainModel(one.model) === cell.model)
        .reduce((total, one) => total + one.ticks, 0),
    }
  })
  return { gaps, moreGaps: open.length - gaps.length }
}

/** The bill of each hour once: the first hour of a day is in the day before, too. */
function hoursOf(bills: readonly DayBill[]): BilledHour[] {
  const days = new Set(bills.map(({ dayMs }) => dayMs))
  return bills.flatMap(({ dayMs, hours }) =>
    hours.filter(({ hourMs }) => hourMs < dayMs + DAY_MS || !days.has(dayOf(hourMs))),
  )
}

/** Which hours are compared: of days that were read whole, since the key was saved, and that xAI has reported. */
function comparedOf(bills: readonly DayBill[]): (hourMs: number) => boolean {
  const byDay = new Map(bills.map((bill) => [bill.dayMs, bill]))
  const missing = new Set(bills.flatMap((bill) => bill.missing))
  return (hourMs) => {
    const bill = byDay.get(dayOf(hourMs))
    return bill !== undefined && !bill.isCut && hourMs >= bill.sinceMs && !missing.has(hourMs)
  }
}

/** xAI's bill beside the ledger, of the last days. */
export async function readBillReport(
  env: Env,
  accountId: string,
  { invoice: stored }: Pick<ManagementKey, 'invoice'>,
  days: number,
  nowMs: number,
): Promise<BillReport> {
  const [fromMs, beforeMs] = [dayOf(nowMs) - days * DAY_MS, dayOf(nowMs)]
  // An hour more on each side: a request near the end of an hour may count in the next one.
  const range = [fromMs - HOUR_MS, beforeMs + HOUR_MS] as const
  const [all, ledger, late, kept] = await Promise.all([
    readDayBills(env, accountId, fromMs - DAY_MS, beforeMs),
    readLedgerCosts(env, accountId, ...range),
    readLateBills(env, accountId, ...range),
    readKept(env, accountId),
  ])
  const bills = all.filter(({ dayMs }) => dayMs >= fromMs)
  const hours = hoursOf(all)
  const isKnown = comparedOf(all)
  const isCompared = (hourMs: number): boolean =>
    hourMs >= fromMs && hourMs < beforeMs && isKnown(hourMs)
  // At the edges, hours beyond the range are there to even out alone.
  const isUsed = (hourMs: number): boolean =>
    isKnown(hourMs) || (hourMs === beforeMs && isKnown(beforeMs - HOUR_MS))
  const place = (hourMs: number): number => (hourMs < kept.hoursMs ? dayOf(hourMs) : hourMs)
  const cells = compare(
    hours
      .filter(({ hourMs, key }) => key > 0 && isUsed(hourMs))
      .map(({ hourMs, model, key: ticks }) => ({ hourMs: place(hourMs), model, ticks })),
    ledger.stored.filter(({ hourMs }) => isUsed(hourMs)),
    late,
  ).filter(({ hourMs }) => hourMs >= fromMs && hourMs < beforeMs)
  const own = hours.filter(({ hourMs }) => isCompared(hourMs))
  const invoice = stored === null ? null : (JSON.parse(stored) as Invoice)
  const isTeamCut = new Set(bills.filter((one) => one.isTeamCut).map(({ dayMs }) => dayMs))
  return {
    ...periodOf(bills, { fromMs, beforeMs }),
    unreported: unreportedOf(bills, ledger),
    correctedTicks: own.reduce((sum, { key }) => sum + Math.min(key, 0), 0),
    total: coverageOf(cells),
    days: dayGroups(cells, bills),
    models: grouped(cells, ({ model }) => model).toSorted(
      (one, other) => other.coverage.billed - one.coverage.billed,
    ),
    ...(await readGaps(env, accountId, cells, ledger, kept)),
    past: pastOf(
      own.filter(({ hourMs }) => !isTeamCut.has(dayOf(hourMs))),
      ledger.passThrough
        .filter(({ hourMs }) => isCompared(hourMs))
        .reduce((sum, { ticks }) => sum + ticks, 0),
    ),
    invoice,
    credit: creditOf(invoice, bills),
  }
}

function periodOf(
  bills: readonly DayBill[],
  { fromMs, beforeMs }: { fromMs: number; beforeMs: number },
): Pick<BillReport, 'fromMs' | 'beforeMs' | 'sinceMs' | 'cutDays' | 'unreadDays'> {
  const compared = bills.filter(({ isCut, dayMs, sinceMs }) => !isCut && dayMs + DAY_MS > sinceMs)
  const [first] = compared
  const known = new Set(bills.map(({ dayMs }) => dayMs))
  const unreadDays: number[] = []
  for (let dayMs = bills[0]?.dayMs ?? beforeMs; dayMs < beforeMs; dayMs += DAY_MS)
    if (!known.has(dayMs)) unreadDays.push(dayMs)
  return {
    fromMs: first?.dayMs ?? fromMs,
    beforeMs: first === undefined ? fromMs : (compared.at(-1)?.dayMs ?? fromMs) + DAY_MS,
    sinceMs: first && first.sinceMs > first.dayMs ? firstHour(first.sinceMs) : null,
    cutDays: bills.filter(({ isCut }) => isCut).map(({ dayMs }) => dayMs),
    unreadDays,
  }
}

/** The first full hour from a moment on. */
const firstHour = (ms: number): number => Math.ceil(ms / HOUR_MS) * HOUR_MS

function unreportedOf(
  bills: readonly DayBill[],
  { stored }: LedgerCosts,
): BillReport['unreported'] {
  const missing = new Set(bills.filter(({ isCut }) => !isCut).flatMap((bill) => bill.missing))
  const costs = stored.filter(({ hourMs, ticks }) => ticks > 0 && missing.has(hourMs))
  return {
    hours: new Set(costs.map(({ hourMs }) => hourMs)).size,
    ticks: costs.reduce((sum, { ticks }) => sum + ticks, 0),
  }
}

/** The latest day first; a day without any cost is there, too. */
function dayGroups(cells: readonly Compared[], bills: readonly DayBill[]): BillReport['days'] {
  const byDay = new Map(grouped(cells, ({ hourMs }) => dayOf(hourMs)).map((one) => [one.key, one]))
  return bills
    .filter(({ isCut, dayMs, sinceMs }) => !isCut && dayMs + DAY_MS > sinceMs)
    .toReversed()
    .map(({ dayMs }) => byDay.get(dayMs) ?? { key: dayMs, coverage: coverageOf([]), names: [] })
}
