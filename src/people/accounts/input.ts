import * as z from 'zod'
import { nameInput } from '../../http/input-text.ts'

const nameText = nameInput('send your name', 100)

export const personName = nameText.min(1, 'send your name')

/** Null: the field is empty. */
export const optionalEmail = z
  .union([z.literal(''), z.email('use an address such as ada@example.com').max(254)])
  .default('')
  .transform((email) => (email === '' ? null : email.toLowerCase()))

/** The input for a one-time link. A member who returns needs no name. */
export const joining = z.object({
  code: z.string({ error: 'send the code of a one-time link' }).min(1).max(200),
  name: nameText.default(''),
  email: optionalEmail,
})
