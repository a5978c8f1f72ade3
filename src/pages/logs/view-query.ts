import type { Order, Sort } from '../../reports/requests/sort.ts'
import { fromLocalTime } from '../../http/zone.ts'
import { DAY_MS, HOUR_MS } from '../../http/time.ts'
import { isCalendar, rangeOf, RANGES, type MOVING, type RangeName } from '../dashboard/range.ts'

/** Where no range is asked for. */
const SORTED_RANGE = '7d'

const isRange = (name: string): name is RangeName => Object.hasOwn(RANGES, name)

const LENGTHS_MS: Record<keyof typeof MOVING, number> = {
  '1h': HOUR_MS,
  '24h': DAY_MS,
  '7d': 7 * DAY_MS,
  '30d': 30 * DAY_MS,
}

/** The moments that a preset means: of the calendar in the viewer's zone, or back from now, to the millisecond. */
function momentsOf(name: RangeName, nowMs: number, zone: string): { from: number; to?: number } {
  if (!isCalendar(name)) return { from: nowMs - LENGTHS_MS[name] }
  const { fromMs, beforeMs, endMs } = rangeOf(name, nowMs, zone)
  return endMs === null ? { from: fromMs, to: beforeMs } : { from: fromMs }
}

/**
 * The canonical query of a view: without empty form fields, and with times in UTC, so that the URL means the same to
 * everyone who opens it. The local times of the form are in the viewer's zone. Exact times replace a preset.
 */
export function canonicalQuery(
  search: URLSearchParams,
  zone: string,
  isFormField = (_name: string) => true,
): URLSearchParams {
  const tidy = new URLSearchParams()
  for (const [name, value] of search) {
    if (value === '' && isFormField(name)) continue
    const isMoment = name === 'from' || name === 'to'
    const ms = isMoment ? fromLocalTime(value, zone) : null
    tidy.append(name, ms === null ? value : new Date(ms).toISOString())
  }
  // A form sends both. Where the view had moments, the preset is what is new.
  const isPresetNew = tidy.get('was') === 'moments' && tidy.has('range')
  tidy.delete('was')
  for (const name of isPresetNew ? ['from', 'to'] : []) tidy.delete(name)
  if (tidy.has('from') || tidy.has('to')) tidy.delete('range')
  // Anything but the time is sorted within a range.
  if (tidy.get('sort') === 'time') tidy.delete('sort')
  if (tidy.has('sort')) boundSort(tidy)
  // A form has a box for each column; the URL has one list.
  if (tidy.getAll('columns').length > 1) tidy.set('columns', tidy.getAll('columns').join(','))
  return tidy
}

/** The log's words for requests without a value. A form cannot send an empty field that means something. */
const WITHOUT = { unlabelled: 'requester', codeless: 'errorCode', modelless: 'model' } as const

/** The overview of what a view shows, as far as the overview has these filters. */
export function overviewUrl(view: URLSearchParams): string {
  const params = new URLSearchParams()
  const kept = ['range', 'model', 'requester', 'token', ...(view.has('from') ? ['from', 'to'] : [])]
  for (const [name, value] of view) if (kept.includes(name)) params.append(name, value)
  for (const [name, by] of Object.entries(WITHOUT))
    if (view.has(name) && kept.includes(by)) params.append(by, '')
  return `/dashboard?${params.toString()}`
}

/** Gives a sorted list a range, if it has none. */
function boundSort(tidy: URLSearchParams): void {
  if (tidy.has('range') || tidy.has('from')) return
  const toMs = Date.parse(tidy.get('to') ?? '')
  if (Number.isNaN(toMs)) tidy.set('range', SORTED_RANGE)
  else tidy.set('from', new Date(toMs - 7 * DAY_MS).toISOString())
}

/** The API query for a view's query. */
export function toApiQuery(view: URLSearchParams, nowMs: number, zone: string): URLSearchParams {
  const query = new URLSearchParams(view)
  const [range = '', ...more] = query.getAll('range')
  query.delete('cursor')
  // A range that is unknown, or one of several, stays in the query, so that the validation rejects it.
  if (more.length === 0 && isRange(range)) {
    query.delete('range')
    for (const [name, ms] of Object.entries(momentsOf(range, nowMs, zone)))
      query.set(name, new Date(ms).toISOString())
  }
  for (const [word, name] of Object.entries(WITHOUT)) {
    if (query.has(word)) query.append(name, '')
    query.delete(word)
  }
  return query
}

/** The log with some parameters of a view replaced, on its first page. */
export function logsUrl(view: URLSearchParams, changes: Readonly<Record<string, string>>): string {
  const query = new URLSearchParams(view)
  query.delete('cursor')
  for (const [name, value] of Object.entries(changes)) query.set(name, value)
  if ('requester' in changes) query.delete('unlabelled')
  return `/logs?${query.toString()}`
}

/** The same log in another order. */
export const sortUrl = (view: URLSearchParams, sort: Sort, order: Order): string =>
  logsUrl(view, { sort, order })

/** The view without one filter value, on its first page. */
export function without(view: URLSearchParams, name: string, value: string): URLSearchParams {
  const rest = new URLSearchParams(view)
  rest.delete(name, value)
  rest.delete('cursor')
  return rest
}
