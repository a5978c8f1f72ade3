import * as z from 'zod'
import { count, decimal, moment, ticks } from '../../http/fields.ts'

export const tagsAnswer = z.object({
  tags: z
    .array(
      z.object({
        key: z.string().describe('A value of the tag; without “name”, the name of a tag'),
        requests: count,
        failed: count,
        inputTokens: count,
        outputTokens: count,
        costTicks: ticks,
        costUsd: decimal,
      }),
    )
    .describe('The most expensive first. A request counts with each of its tags'),
  addedFrom: moment
    .nullable()
    .describe(
      'The range has too many requests, and only those from this moment on were added up; null: all were',
    ),
})
