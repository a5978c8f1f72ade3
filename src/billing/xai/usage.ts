// xAI's bill by hour and model, from its management API.
// https://docs.x.ai/developers/rest-api-reference/management/billing and xai-proto `management_api/v1/billing.proto`
import { TICKS_PER_USD } from '../../http/format.ts'
import { HOUR_MS } from '../../http/time.ts'

/** The bill of a model in an hour (UTC), in ticks. */
export interface HourCost {
  hourMs: number
  model: string
  ticks: number
}

export interface UsageBill {
  costs: HourCost[]
  /** The hours that the answer has at all: xAI's series are dense. */
  hours: ReadonlySet<number>
  /** xAI cut its answer short. */
  isCut: boolean
}

/** 2026-11-26 10:00:00 */
const wallTime = (ms: number): string => new Date(ms).toISOString().slice(0, 19).replace('T', ' ')

/** The body of `POST /v1/billing/teams/{team}/usage`. `keyId` null: of all keys of the team. */
export const usageRequest = (fromMs: number, beforeMs: number, keyId: string | null): object => ({
  analyticsRequest: {
    timeRange: {
      startTime: wallTime(fromMs),
      endTime: wallTime(beforeMs),
      timezone: 'Etc/GMT',
    },
    timeUnit: 'TIME_UNIT_HOUR',
    values: [{ name: 'usd', aggregation: 'AGGREGATION_SUM' }],
    groupBy: ['model'],
    filters: keyId === null ? [] : [`api_key_id:${keyId}`],
  },
})

const WITH_ZONE = /(Z|[+-]\d\d:?\d\d)$/i

type Json = Readonly<Record<string, unknown>>
const isObject = (value: unknown): value is Json => typeof value === 'object' && value !== null

// proto3 JSON leaves out zeros, false and empty lists. Checked by hand: a week has thousands of points, and a library
// takes longer than an invocation on Free may.
const listOf = (value: unknown): unknown[] | null => {
  if (value === undefined || value === null) return []
  return Array.isArray(value) ? (value as unknown[]) : null
}

/** xAI's times are in the zone that was asked for: UTC. */
function hourIn(point: Json): number {
  const { timestamp } = point
  if (typeof timestamp !== 'string') return Number.NaN
  const iso = timestamp.trim().replace(' ', 'T')
  const ms = Date.parse(WITH_ZONE.test(iso) ? iso : `${iso}Z`)
  return ms - (ms % HOUR_MS)
}

/** A point's hour and value, in ticks: xAI sends doubles of USD, or strings of them. Null: it has another form. */
function readPoint(point: unknown): { hourMs: number; ticks: number } | null {
  if (!isObject(point)) return null
  const hourMs = hourIn(point)
  const values = listOf(point['values'])
  if (values === null) return null
  const ticks = Math.round(Number(values[0] ?? 0) * TICKS_PER_USD)
  return Number.isFinite(hourMs) && Number.isFinite(ticks) ? { hourMs, ticks } : null
}

/** Null: it is not such an answer. */
export function readUsageBill(body: unknown): UsageBill | null {
  if (!isObject(body)) return null
  const series = listOf(body['timeSeries'])
  if (series === null) return null
  const costs: HourCost[] = []
  const hours = new Set<number>()
  for (const one of series) {
    if (!isObject(one)) return null
    const [points, group, labels] = ['dataPoints', 'group', 'groupLabels'].map((name) =>
      listOf(one[name]),
    )
    if (!points || !group || !labels) return null
    const name = group[0] ?? labels[0] ?? ''
    if (typeof name !== 'string') return null
    for (const point of points) {
      const read = readPoint(point)
      if (read === null) return null
      hours.add(read.hourMs)
      if (read.ticks !== 0) costs.push({ ...read, model: name })
    }
  }
  return { costs, hours, isCut: body['limitReached'] === true }
}
