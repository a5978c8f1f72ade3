import * as z from 'zod'
import { count, decimal, moment, ticks } from '../../http/fields.ts'

export const sessionAnswer = z.object({
  session: z.string(),
  requests: count,
  failed: count,
  inputTokens: count,
  cachedTokens: count.describe('Part of the input'),
  outputTokens: count,
  costTicks: ticks,
  costUsd: decimal,
  savedTicks: ticks.describe('What xAI’s prompt cache saved'),
  savedUsd: decimal,
  unknownCosts: count.describe('Requests whose cost is not known'),
  firstAt: moment.describe('When its first request came'),
  lastAt: moment.describe('When its newest request ended'),
  durationMs: count.describe('From the first request to the end of the newest'),
})

export const sessionsAnswer = z.object({
  sessions: z.array(sessionAnswer),
  nextCursor: z.string().nullable().describe('Null: this was all'),
  isAll: z
    .boolean()
    .describe('False: the range has too many sessions, and only the newest were compared'),
})
