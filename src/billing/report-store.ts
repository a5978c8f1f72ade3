import type { Env } from '../env.ts'
import { DAY_MS, HOUR_MS } from '../http/time.ts'
import { readDayBills } from './bill-store.ts'
import { compare, coverageOf, grouped, type Compared, type Coverage } from './compare.ts'
import type { BilledHour } from './day-bill.ts'
import type { ManagementKey } from './keys/store.ts'
import { MOST_HOURS, NONE, readLedgerCosts, readUnsure } from './ledger-store.ts'
import type { BillReport, Gap, Past } from './report.ts'
import type { Invoice } from './xai/invoice.ts'

/** Gaps that are listed: the largest. */
const MOST_GAPS = 40

const dayOf = (ms: number): number => ms - (ms % DAY_MS)

/** What was spent with other keys of the team than the account's, by model. */
function pastOf(hours: readonly BilledHour[], passThroughTicks: number): Past {
  const byModel = [...Map.groupBy(hours, ({ model }) => model)]
    .map(([model, own]) => ({
      model,
      ticks: own.reduce((sum, { team, key }) => sum + team - key, 0),
    }))
    .filter(({ ticks }) => ticks > 0)
    .toSorted((one, other) => other.ticks - one.ticks)
  return {
    ticks: byModel.reduce((sum, { ticks }) => sum + ticks, 0),
    byModel,
    passThroughTicks,
  }
}

async function readGaps(
  env: Env,
  accountId: string,
  cells: readonly Compared[],
): Promise<{ gaps: Gap[]; others: number }> {
  const open = cells
    .filter(({ gap }) => gap !== 0)
    .toSorted((one, other) => Math.abs(other.gap) - Math.abs(one.gap))
  const hours = [...new Set(open.map(({ hourMs }) => hourMs))].slice(0, MOST_HOURS)
  const unsure = await readUnsure(env, accountId, hours)
  const gaps = open.slice(0, MOST_GAPS).map((cell): Gap => {
    // Rows that were lost have often no model.
    const own = unsure.filter(
      (row) => row.hourMs === cell.hourMs && (row.model === cell.model || row.model === ''),
    )
    const rows = own.reduce(
      (sum, row) => ({
        estimated: sum.estimated + row.estimated,
        lost: sum.lost + row.lost,
        deferred: sum.deferred + row.deferred,
        unknown: sum.unknown + row.unknown,
      }),
      NONE,
    )
    return { ...cell, rows: hours.includes(cell.hourMs) ? rows : null }
  })
  return { gaps, others: open.length - gaps.length }
}

/** Days that are compared: those that were read, but for hours before the key was in use, and incomplete days. */
export async function readBillReport(
  env: Env,
  accountId: string,
  key: ManagementKey,
  days: number,
  nowMs: number,
): Promise<BillReport> {
  const [fromMs, beforeMs] = [dayOf(nowMs) - days * DAY_MS, dayOf(nowMs)]
  const [bills, ledger] = await Promise.all([
    readDayBills(env, accountId, fromMs, beforeMs),
    readLedgerCosts(env, accountId, fromMs, beforeMs),
  ])
  const whole = new Set(bills.filter(({ isCut }) => !isCut).map(({ dayMs }) => dayMs))
  const sinceMs = Math.ceil((key.keySinceMs ?? 0) / HOUR_MS) * HOUR_MS
  const isCompared = ({ hourMs }: { hourMs: number }): boolean =>
    hourMs >= sinceMs && whole.has(dayOf(hourMs))
  const billed = bills.flatMap(({ hours }) => hours).filter(isCompared)
  const cells = compare(
    billed.map(({ hourMs, model, key: ticks }) => ({ hourMs, model, ticks })),
    ledger.stored.filter(isCompared),
  )
  const { gaps, others } = await readGaps(env, accountId, cells)
  const invoice = key.invoice === null ? null : (JSON.parse(key.invoice) as Invoice)
  return {
    fromMs: Math.max(fromMs, sinceMs, bills[0]?.dayMs ?? beforeMs),
    beforeMs,
    isSinceKey: sinceMs > (bills[0]?.dayMs ?? fromMs),
    cutDays: bills.filter(({ isCut }) => isCut).map(({ dayMs }) => dayMs),
    unreadDays: unreadOf(
      bills.map(({ dayMs }) => dayMs),
      beforeMs,
    ),
    total: coverageOf(cells),
    days: daysOf(
      cells,
      [...whole].filter((dayMs) => dayMs + DAY_MS > sinceMs),
    ),
    models: grouped(cells, ({ model }) => model).toSorted(
      (one, other) => other.coverage.billed - one.coverage.billed,
    ),
    gaps,
    moreGaps: others,
    past: pastOf(
      bills.flatMap(({ hours }) => hours),
      ledger.passThroughTicks,
    ),
    invoice,
    credit: creditOf(invoice, bills, nowMs),
  }
}

const EMPTY: Coverage = coverageOf([])

/** The latest day first; a day without any cost is there, too. */
function daysOf(cells: readonly Compared[], all: readonly number[]): BillReport['days'] {
  const byDay = new Map(
    grouped(cells, ({ hourMs }) => dayOf(hourMs)).map(({ key, coverage }) => [key, coverage]),
  )
  return all
    .toSorted((one, other) => other - one)
    .map((dayMs) => ({ key: dayMs, coverage: byDay.get(dayMs) ?? EMPTY }))
}

/** Days after the first that was read, of which xAI has told nothing yet. */
function unreadOf(read: readonly number[], beforeMs: number): number[] {
  const known = new Set(read)
  const unread: number[] = []
  for (let dayMs = read[0] ?? beforeMs; dayMs < beforeMs; dayMs += DAY_MS)
    if (!known.has(dayMs)) unread.push(dayMs)
  return unread
}

/** The prepaid credit, and when it ends at the rate of the last week. */
function creditOf(
  invoice: Invoice | null,
  bills: readonly { dayMs: number; hours: readonly BilledHour[] }[],
  nowMs: number,
): BillReport['credit'] {
  if (invoice?.creditTicks === null || invoice?.creditTicks === undefined) return null
  const week = bills.filter(({ dayMs }) => dayMs >= dayOf(nowMs) - 7 * DAY_MS)
  const spent = week.flatMap(({ hours }) => hours).reduce((sum, { team }) => sum + team, 0)
  const aDay = week.length === 0 ? 0 : spent / week.length
  const left = Math.max(invoice.creditTicks, 0)
  return {
    ticks: invoice.creditTicks,
    aDayTicks: Math.round(aDay),
    endsAtMs: aDay > 0 ? invoice.readAtMs + (left / aDay) * DAY_MS : null,
  }
}
