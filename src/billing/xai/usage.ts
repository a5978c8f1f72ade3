// xAI's bill by hour and model, from its management API.
// https://docs.x.ai/developers/rest-api-reference/management/billing and xai-proto `management_api/v1/billing.proto`
import * as z from 'zod/mini'

/** The bill of a model in an hour (UTC), in ticks. */
export interface HourCost {
  hourMs: number
  model: string
  ticks: number
}

export interface UsageBill {
  costs: HourCost[]
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

// proto3 JSON leaves out zeros, false and empty lists; numbers may be strings.
const number = z.pipe(
  z.union([z.number(), z.string()]),
  z.transform((value) => Number(value)),
)
const list = <T extends z.ZodMiniType>(of: T) => z._default(z.nullable(z.array(of)), [])

const answer = z.object({
  timeSeries: list(
    z.object({
      group: list(z.string()),
      groupLabels: list(z.string()),
      dataPoints: list(z.object({ timestamp: z.string(), values: list(number) })),
    }),
  ),
  limitReached: z._default(z.nullable(z.boolean()), false),
})

const TICKS_PER_USD = 1e10
const WITH_ZONE = /(Z|[+-]\d\d:?\d\d)$/i

/** xAI's times are in the zone that was asked for: UTC. */
function timeOf(text: string): number {
  const iso = text.trim().replace(' ', 'T')
  return Date.parse(WITH_ZONE.test(iso) ? iso : `${iso}Z`)
}

/** Null: it is not such an answer. Costs are rounded to ticks: xAI sends doubles of USD. */
export function readUsageBill(body: unknown): UsageBill | null {
  const parsed = answer.safeParse(body)
  if (!parsed.success) return null
  const costs: HourCost[] = []
  for (const { group, groupLabels, dataPoints } of parsed.data.timeSeries ?? []) {
    const model = group?.[0] ?? groupLabels?.[0] ?? ''
    for (const { timestamp, values } of dataPoints ?? []) {
      const [usd = 0] = values ?? []
      const hourMs = timeOf(timestamp)
      if (!Number.isFinite(usd) || !Number.isFinite(hourMs)) return null
      const ticks = Math.round(usd * TICKS_PER_USD)
      if (ticks !== 0) costs.push({ hourMs: hourMs - (hourMs % 3_600_000), model, ticks })
    }
  }
  return { costs, isCut: parsed.data.limitReached === true }
}
