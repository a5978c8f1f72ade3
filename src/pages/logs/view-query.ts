import { fromLocalTime } from '../../http/zone.ts'
import { DAY_MS, HOUR_MS } from '../../http/time.ts'

export const RANGES = {
  '1h': { title: 'Last hour', ms: HOUR_MS },
  '24h': { title: 'Last 24 hours', ms: DAY_MS },
  '7d': { title: 'Last 7 days', ms: 7 * DAY_MS },
  '30d': { title: 'Last 30 days', ms: 30 * DAY_MS },
} as const

const isRange = (name: string): name is keyof typeof RANGES => Object.hasOwn(RANGES, name)

/**
 * The one way to write a view's address: no empty fields of a form, and times that mean the same to whoever opens
 * it. A form's local times are the viewer's; a preset gives way to exact times.
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
  if (tidy.has('from') || tidy.has('to')) tidy.delete('range')
  return tidy
}

/** The query of the API that a view's query stands for. */
export function toApiQuery(view: URLSearchParams, nowMs: number): URLSearchParams {
  const query = new URLSearchParams(view)
  const range = query.get('range')
  query.delete('cursor')
  // Any other range stays, to be refused.
  if (range !== null && isRange(range)) {
    query.delete('range')
    query.set('from', new Date(nowMs - RANGES[range].ms).toISOString())
  }
  if (query.has('unlabelled')) query.append('requester', '')
  query.delete('unlabelled')
  return query
}

/** The same view without one of its values. */
export function without(view: URLSearchParams, name: string, value: string): URLSearchParams {
  const rest = new URLSearchParams(view)
  rest.delete(name, value)
  rest.delete('cursor')
  return rest
}
