import * as z from 'zod'
import { MODES, OUTCOMES } from '../ledger/entry.ts'
import { WORK_KINDS } from '../ledger/work.ts'
import { COST_BASES } from '../metering/price.ts'
import { count, decimal, moment, ticks } from '../answer.ts'

const ms = z.int().min(0)

export const requestAnswer = z.object({
  id: z.uuid().describe('Also what the caller got as x-metrion-request-id'),
  at: moment,
  endpoint: z.string(),
  mode: z.enum(MODES).describe('Whose key paid; job: Metrion fetched the bill of earlier work'),
  status: z.int().describe('What the caller was told; 499 where it hung up before that'),
  outcome: z.enum(OUTCOMES),
  streamed: z.boolean(),
  label: z.string().nullable().describe('The requester: x-metrion-user, percent-decoded'),
  token: z.object({ id: z.string(), name: z.string().nullable() }),
  requestedModel: z.string().nullable(),
  model: z.string().nullable().describe('The one that answered'),
  redirected: z.boolean().describe('It is not the requested one, under any of its names'),
  inputTokens: count.nullable(),
  cachedTokens: count.nullable().describe('Part of the input'),
  outputTokens: count.nullable().describe('Reasoning included'),
  reasoningTokens: count.nullable(),
  toolCalls: z.record(z.string(), count).nullable().describe('Of xAI’s server-side tools'),
  costTicks: ticks.nullable(),
  costUsd: decimal.nullable(),
  costBasis: z.enum(COST_BASES).describe('How the cost is known'),
  computedTicks: ticks.nullable().describe('The cost by the price table, beside xAI’s own bill'),
  savedTicks: ticks.nullable().describe('What xAI’s prompt cache took off the price'),
  ownMs: ms.describe('Metrion’s own share before the request went to xAI'),
  firstByteMs: ms.nullable(),
  totalMs: ms,
  errorCode: z.string().nullable(),
  errorText: z.string().nullable().describe('xAI’s own words, to 500 characters'),
  responseId: z.string().nullable(),
  upstreamRequestId: z.string().nullable().describe('What to quote to xAI’s support'),
  colo: z.string().nullable().describe('The Cloudflare location'),
  times: z
    .int()
    .describe(
      'How many requests it stands for: beyond 60 refusals a minute and token, one row for all',
    ),
})

/** With what has become of the work that the request began at xAI. */
export const requestDetail = requestAnswer.extend({
  work: z
    .object({
      kind: z.enum(WORK_KINDS),
      state: z
        .enum(['outstanding', 'billed', 'over'])
        .describe('outstanding: no bill has come yet'),
      billedBy: z.string().nullable().describe('The request whose row has the bill'),
    })
    .nullable()
    .describe('A video, a batch, a deferred answer, or an answer that broke off; null: none'),
})

export const requestsAnswer = z.object({
  requests: z.array(requestAnswer).describe('The newest first; may be fewer than asked for'),
  nextCursor: z.uuid().nullable().describe('Null: this was all'),
})
