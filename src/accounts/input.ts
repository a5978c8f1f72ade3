import * as z from 'zod'

/** What the holder of a one-time link sends. */
export const joining = z.object({
  code: z.string({ error: 'send the code of a one-time link' }).min(1).max(200),
  name: z
    .string({ error: 'send your name' })
    .trim()
    .min(1, 'send your name')
    .max(100, 'use at most 100 characters'),
})
