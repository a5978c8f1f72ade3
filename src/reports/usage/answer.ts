import * as z from 'zod'
import { count, decimal, moment, ticks } from '../../http/fields.ts'
import { INTERVALS } from './bins.ts'
import { GROUPS } from './input.ts'

/** The sums of any number of requests. */
export const sumsAnswer = z.object({
  requests: count,
  failed: count.describe('Refused, broken off, or never answered'),
  aborted: count.describe('The caller left before the end'),
  refused: count.describe('The part of those that Metrion refused itself'),
  inputTokens: count,
  cachedTokens: count.describe('Part of the input'),
  outputTokens: count.describe('Reasoning included'),
  reasoningTokens: count,
  costTicks: ticks,
  costUsd: decimal,
  reportedTicks: ticks.describe('The part that is xAI’s own bill'),
  computedTicks: ticks.describe('The part that is complete usage × price table'),
  estimatedTicks: ticks.describe('The part that is estimated from answers that were cut'),
  passThroughTicks: ticks.describe('The part that is billed to keys that callers sent'),
  unknownCosts: count.describe('Requests whose cost is not known'),
  deferred: count.describe('Requests whose bill comes with another one: videos, batches'),
  lost: count.describe('Requests that never ended, as far as is known; they count as failed'),
  savedTicks: ticks.describe('What xAI’s prompt cache saved'),
  savedUsd: decimal,
  comparedTicks: ticks.describe('xAI’s bill for requests that the price table prices, too …'),
  listedTicks: ticks.describe('… and what they cost by the table'),
  comparedRequests: count.describe('How many those are'),
  outputTokensPerSecond: z
    .number()
    .nullable()
    .describe('Of complete answers, from the request to the last byte'),
})

/** The sums of one model, requester or token. */
export const groupAnswer = sumsAnswer.extend({
  key: z
    .string()
    .nullable()
    .describe(
      'Null: no requester, or no model. “ others”, with a space before it: the requesters beyond REQUESTERS_PER_HOUR, which share one sum in each hour',
    ),
})

export const rangeFields = {
  from: moment,
  to: moment,
  interval: z.enum(INTERVALS).nullable(),
  zone: z.string(),
}

const redirectAnswer = z.object({
  requestedModel: z.string(),
  model: z.string().describe('The one that answered'),
  requests: count,
  tokens: count.describe('How many Metrion tokens they came with'),
  costTicks: ticks,
  costUsd: decimal,
})

export const usageAnswer = z.object({
  ...rangeFields,
  groupBy: z.enum(GROUPS).nullable(),
  total: sumsAnswer,
  groups: z.array(groupAnswer).nullable().describe('The most expensive first'),
  series: z
    .array(z.object({ start: moment, total: sumsAnswer, groups: z.array(groupAnswer).nullable() }))
    .nullable(),
  redirects: z
    .array(redirectAnswer)
    .describe('Requests for one model that another one answered, the most expensive first'),
  outstanding: z
    .object({ count, oldestAt: moment.nullable() })
    .describe('Videos, batches and deferred answers whose bill has not come yet, of any time'),
})

const percentiles = z
  .object({ p50: z.number().nullable(), p95: z.number().nullable(), p99: z.number().nullable() })
  .describe('In milliseconds, interpolated from histograms: within 10%, usually within 2%')

const latencies = z.object({
  firstByteMs: percentiles,
  totalMs: percentiles,
  overheadMeanMs: z
    .number()
    .nullable()
    .describe('Metrion’s own share before the request went to xAI'),
})

export const latencyAnswer = latencies.extend({
  ...rangeFields,
  series: z.array(latencies.extend({ start: moment })).nullable(),
})
