import * as z from 'zod'
import { looksLikeToken } from '../tokens/token.ts'

/** A key as somebody has pasted it. */
export const newKey = z.object({
  key: z
    .string({ error: 'send your xAI key' })
    .trim()
    .min(8, 'that is too short for an xAI key; send it whole')
    .max(500, 'that is too long for an xAI key')
    .regex(/^[\x21-\x7e]+$/, 'an xAI key has no spaces and only ASCII characters')
    .refine(
      (key) => !looksLikeToken(key),
      'this is a Metrion token; send the key from console.x.ai',
    ),
})
