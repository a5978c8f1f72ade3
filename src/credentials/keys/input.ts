import * as z from 'zod'
import { isXaiKey, keyProblem } from '../../xai/key-shape.ts'

/** An xAI key as it was pasted. */
export const newKey = z.object({
  key: z
    .string({ error: 'send your xAI key' })
    .trim()
    .min(8, 'that is too short for an xAI key; send it whole')
    .max(500, 'that is too long for an xAI key')
    .regex(/^[\x21-\x7e]+$/, 'an xAI key has no spaces and only ASCII characters')
    .superRefine((key, ctx) => {
      if (!isXaiKey(key)) ctx.addIssue({ code: 'custom', message: keyProblem(key) })
    }),
})
