import { DAY_MS } from '../http/time.ts'
import type { DayBill } from './day-bill.ts'
import type { BillReport } from './report.ts'
import type { Invoice } from './xai/invoice.ts'

const WEEK = 7
/** Beyond this, an end is no forecast. */
const MOST_DAYS = 730

/** The prepaid credit, and when it ends at the rate of the last week's whole days. */
export function creditOf(invoice: Invoice | null, bills: readonly DayBill[]): BillReport['credit'] {
  if (invoice === null || invoice.creditTicks === null) return null
  const { creditTicks, readAtMs } = invoice
  const week = bills.filter(({ isTeamCut }) => !isTeamCut).slice(-WEEK)
  const spent = week.reduce(
    (sum, { dayMs, hours }) =>
      sum +
      hours
        .filter(({ hourMs }) => hourMs < dayMs + DAY_MS)
        .reduce((ofDay, { team }) => ofDay + team, 0),
    0,
  )
  const aDayTicks = week.length === 0 ? 0 : Math.round(spent / week.length)
  const days = aDayTicks > 0 ? Math.max(creditTicks, 0) / aDayTicks : MOST_DAYS + 1
  return {
    ticks: creditTicks,
    aDayTicks,
    endsAtMs: days > MOST_DAYS ? null : readAtMs + days * DAY_MS,
  }
}
