import { coverageWords, type Coverage } from '../../billing/compare.ts'
import type { BillReport, Gap } from '../../billing/report.ts'
import { dollars, some } from '../../http/format.ts'

export const day = (ms: number): string => new Date(ms).toISOString().slice(0, 10)
const hour = (ms: number): string => new Date(ms).toISOString().slice(0, 16).replace('T', ' ')

/** "2026-11-25 14:00 UTC" */
export const hourWords = (ms: number): string => `${hour(ms)} UTC`

/** The sentence that a person came for. */
export function headline(total: Coverage): string {
  const share = coverageWords(total)
  if (share === null)
    return total.surplus > 0
      ? `xAI has billed this key nothing; the ledger has ${dollars(total.surplus)}`
      : 'There is nothing to compare yet'
  const has = `Metrion accounts for ${share} of what xAI billed this key`
  return total.surplus === 0
    ? has
    : `${has}. The ledger has ${dollars(total.surplus)} that xAI did not bill`
}

/** How much of the bill is missing, or was not billed: "–", "$0.02 missing", "$0.01 not billed". */
export function gapWords({ missing, surplus }: Coverage): string {
  const parts = [
    missing > 0 ? `${dollars(missing)} missing` : null,
    surplus > 0 ? `${dollars(surplus)} not billed` : null,
  ].filter((part) => part !== null)
  return parts.length === 0 ? '–' : parts.join(', ')
}

/** What may explain a gap: rows whose cost is not xAI's own, and keys of callers. */
export function rowsWords({ rows, passThroughTicks }: Gap): string {
  if (rows === null) return 'rows are gone, or too many to count'
  const parts = [
    rows.estimated > 0 ? `${rows.estimated} estimated` : null,
    rows.lost > 0 ? `${rows.lost} lost` : null,
    rows.deferred > 0 ? `${rows.deferred} deferred` : null,
    rows.unknown > 0 ? `${rows.unknown} of unknown cost` : null,
    passThroughTicks > 0 ? `${dollars(passThroughTicks)} in pass-through mode` : null,
  ].filter((part) => part !== null)
  return parts.length === 0 ? 'none' : parts.join(', ')
}

/** The log with the requests of an hour and model; of a day, where sums are kept by day. */
export function hourUrl({ hourMs, names, isDay }: Gap): string {
  const params = new URLSearchParams({
    from: new Date(hourMs).toISOString(),
    to: new Date(hourMs + (isDay ? 86_400_000 : 3_600_000)).toISOString(),
  })
  for (const mode of ['stored', 'job']) params.append('mode', mode)
  for (const name of names) if (name !== '') params.append('model', name)
  return `/logs?${params.toString()}`
}

export const gapTime = ({ hourMs, isDay }: Gap): string => (isDay ? day(hourMs) : hourWords(hourMs))

/** The dashboard of a day, in UTC. */
export const dayUrl = (dayMs: number): string =>
  `/dashboard?${new URLSearchParams({ from: new Date(dayMs).toISOString(), to: new Date(dayMs + 86_400_000).toISOString() }).toString()}`

/** The dashboard of a model in the time that is compared. */
export function modelUrl(names: readonly string[], { fromMs, beforeMs }: BillReport): string {
  const params = new URLSearchParams({
    from: new Date(fromMs).toISOString(),
    to: new Date(beforeMs).toISOString(),
  })
  for (const name of names) if (name !== '') params.append('model', name)
  return `/dashboard?${params.toString()}`
}

/** What is left out of the comparison, and why. */
export function leftOutWords(report: BillReport): string[] {
  const { cutDays, unreadDays, sinceMs, unreported, correctedTicks, total } = report
  return [
    sinceMs === null
      ? ''
      : `Compared from ${hourWords(sinceMs)}, the first full hour after the xAI key was saved.`,
    cutDays.length > 0 ? `xAI cut its answer for ${cutDays.map(day).join(', ')}: left out.` : '',
    unreadDays.length > 0 ? `Not read: ${some(unreadDays.length, 'day')}.` : '',
    unreported.hours > 0
      ? `xAI has not reported ${some(unreported.hours, 'hour')} yet, in which the ledger has ${dollars(unreported.ticks)}: left out.`
      : '',
    correctedTicks < 0 ? `xAI took back ${dollars(-correctedTicks)} in its own correction.` : '',
    total.moved > 0
      ? `${dollars(total.moved)} were billed in a later or earlier hour than the ledger has them.`
      : '',
  ].filter(Boolean)
}
