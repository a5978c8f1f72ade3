import * as z from 'zod'
import { isXaiKey, keyProblem } from '../../xai/key-shape.ts'

/** `PUT management-keys/grok`: a management key as it was pasted. */
export const newManagementKey = z.strictObject({
  key: z
    .string({ error: 'send your xAI management key' })
    .trim()
    .min(8, 'that is too short for a management key; send it whole')
    .max(500, 'that is too long for a management key')
    .regex(/^[\x21-\x7e]+$/, 'a management key has no spaces and only ASCII characters')
    .superRefine((key, ctx) => {
      if (!isXaiKey(key)) ctx.addIssue({ code: 'custom', message: keyProblem(key) })
    }),
})
