import * as z from 'zod'
import { moment } from '../../http/fields.ts'

export const managementKeyAnswer = z.object({
  provider: z.literal('grok'),
  lastFour: z.string(),
  savedAt: moment,
  readAt: moment.nullable().describe('When xAI’s bill was last read'),
  problem: z.string().nullable().describe('The reason why the last reading failed'),
})
