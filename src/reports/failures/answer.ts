import * as z from 'zod'
import { count, moment } from '../../http/fields.ts'
import { requestAnswer } from '../requests/answer.ts'
import { rangeFields } from '../usage/answer.ts'

const kind = z.object({
  status: z.int().describe('What the caller was told'),
  code: z.string().nullable().describe('xAI’s code, or Metrion’s own'),
  requests: count,
})

export const failuresAnswer = z.object({
  ...rangeFields,
  total: count,
  codes: z
    .array(kind.extend({ lastAt: moment, lastId: z.uuid() }))
    .describe('The most frequent first'),
  series: z.array(z.object({ start: moment, total: count, codes: z.array(kind) })).nullable(),
  latest: z.array(requestAnswer).describe('The fifty newest, with xAI’s words'),
})
