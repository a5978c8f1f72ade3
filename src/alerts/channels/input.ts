import * as z from 'zod'
import { nameInput } from '../../http/input-text.ts'
import { CHANNEL_KINDS } from './kinds.ts'

const NAME = 'send a name for the channel'
const name = nameInput(NAME, 100).min(1, NAME)
const target = z
  .string({ error: 'send the URL of the webhook, or the e-mail address' })
  .trim()
  .min(1, 'send the URL of the webhook, or the e-mail address')
  .max(2_000, 'use at most 2000 characters')

const kind = z.enum(CHANNEL_KINDS, `use one of ${CHANNEL_KINDS.join(', ')}`)

/** `POST channels`. */
export const newChannel = z.strictObject({ name, kind, target })

/** `PATCH channels/{id}`: only what changes. `rotateSecret` gives a webhook a new secret. */
export const channelChanges = z.strictObject({
  name: name.optional(),
  target: target.optional(),
  rotateSecret: z.boolean({ error: 'use true or false' }).optional(),
})
