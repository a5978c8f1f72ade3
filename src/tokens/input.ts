import * as z from 'zod'

export const newToken = z.object({
  name: z
    .string({ error: 'send a name for the token' })
    .trim()
    .min(1, 'send a name for the token')
    .max(100, 'use at most 100 characters'),
})
