// The shapes of what the channels API returns.
import * as z from 'zod'
import { count, moment } from '../../http/fields.ts'
import { CHANNEL_KINDS } from './kinds.ts'

export const channelAnswer = z.object({
  id: z.string(),
  name: z.string(),
  kind: z.enum(CHANNEL_KINDS),
  target: z.string().describe('The part of the address that may be shown'),
  createdAt: moment,
  isFailing: z.boolean().describe('Five attempts in a row have failed'),
  failures: count.describe('Attempts that failed since the last one that did not'),
  lastError: z.string().nullable(),
  lastTriedAt: moment.nullable(),
  lastDeliveredAt: moment.nullable(),
})

export const channelsAnswer = z.object({ channels: z.array(channelAnswer) })

/** A channel with the secret of its webhook, which is shown once. */
export const newChannelAnswer = channelAnswer.extend({
  secret: z
    .string()
    .nullable()
    .describe('Of a webhook: whsec_…, which checks its signatures. It is not shown again'),
})

/** A changed channel; with a new secret if one was asked for. */
export const changedChannelAnswer = channelAnswer.extend({
  secret: z.string().nullable().describe('The new secret, if rotateSecret was sent; else null'),
})

export const testAnswer = z.object({
  isDelivered: z.boolean(),
  error: z.string().nullable().describe('The reason why it was not delivered'),
})
