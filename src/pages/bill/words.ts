import { coverageWords, type Coverage } from '../../billing/compare.ts'
import type { BillReport, Gap } from '../../billing/report.ts'
import { dollars } from '../../alerts/figures.ts'
import { some } from '../../http/format.ts'

export const day = (ms: number): string => new Date(ms).toISOString().slice(0, 10)
const hour = (ms: number): string => new Date(ms).toISOString().slice(0, 16).replace('T', ' ')

/** "2026-11-25 14:00 UTC" */
export const hourWords = (ms: number): string => `${hour(ms)} UTC`

/** The sentence that a person came for. */
export function headline(total: Coverage): string {
  const share = coverageWords(total)
  if (share === null)
    return total.surplus > 0
      ? `xAI has billed this key nothing yet; the ledger has ${dollars(total.surplus)}`
      : 'There is nothing to compare yet'
  const has = `Metrion accounts for ${share} of what xAI billed this key`
  return total.surplus === 0
    ? has
    : `${has}, and has ${dollars(total.surplus)} that xAI did not bill`
}

/** How much of the bill is missing or too much: "–", "$0.02 missing", "$0.01 too much". */
export function gapWords({ missing, surplus }: Coverage): string {
  const parts = [
    missing > 0 ? `${dollars(missing)} missing` : null,
    surplus > 0 ? `${dollars(surplus)} too much` : null,
  ].filter((part) => part !== null)
  return parts.length === 0 ? '–' : parts.join(', ')
}

/** Where a gap should be: rows whose cost is not xAI's own. */
export function rowsWords({ rows }: Gap): string {
  if (rows === null) return 'not counted'
  const parts = [
    rows.estimated > 0 ? `${rows.estimated} estimated` : null,
    rows.lost > 0 ? `${rows.lost} lost` : null,
    rows.deferred > 0 ? `${rows.deferred} deferred` : null,
    rows.unknown > 0 ? `${rows.unknown} of unknown cost` : null,
  ].filter((part) => part !== null)
  return parts.length === 0 ? 'none' : parts.join(', ')
}

/** The log with the requests of an hour and model. */
export function hourUrl({ hourMs, model }: { hourMs: number; model: string }): string {
  const params = new URLSearchParams({
    from: new Date(hourMs).toISOString(),
    to: new Date(hourMs + 3_600_000).toISOString(),
    mode: 'stored',
  })
  if (model !== '') params.set('model', model)
  return `/logs?${params.toString()}`
}

/** The dashboard of a day, in UTC. */
export const dayUrl = (dayMs: number): string =>
  `/dashboard?${new URLSearchParams({ from: new Date(dayMs).toISOString(), to: new Date(dayMs + 86_400_000).toISOString() }).toString()}`

/** What is left out of the comparison, and why; '' for nothing. */
export function leftOutWords({ cutDays, unreadDays, isSinceKey, fromMs }: BillReport): string {
  return [
    isSinceKey ? `Compared from ${hourWords(fromMs)}, when this key was saved.` : '',
    cutDays.length > 0 ? `xAI cut its answer for ${cutDays.map(day).join(', ')}: left out.` : '',
    unreadDays.length > 0 ? `Not read yet: ${some(unreadDays.length, 'day')}.` : '',
  ]
    .filter(Boolean)
    .join(' ')
}
