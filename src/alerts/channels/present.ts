import type * as z from 'zod'
import { FAILING_AFTER } from '../deliver/delivery.ts'
import type { channelAnswer } from './answer.ts'
import type { ChannelKind } from './kinds.ts'

/** The columns of a channel that people may see. */
export interface ChannelInfo {
  id: string
  name: string
  kind: ChannelKind
  shown: string
  createdAtMs: number
  failures: number
  lastError: string | null
  lastTriedAtMs: number | null
  lastDeliveredAtMs: number | null
}

const iso = (ms: number | null): string | null => (ms === null ? null : new Date(ms).toISOString())

export const isFailing = ({ failures }: Pick<ChannelInfo, 'failures'>): boolean =>
  failures >= FAILING_AFTER

/** A channel as the API returns it: without its address and secret. */
export const presentChannel = (channel: ChannelInfo): z.output<typeof channelAnswer> => ({
  id: channel.id,
  name: channel.name,
  kind: channel.kind,
  target: channel.shown,
  createdAt: new Date(channel.createdAtMs).toISOString(),
  isFailing: isFailing(channel),
  failures: channel.failures,
  lastError: channel.lastError,
  lastTriedAt: iso(channel.lastTriedAtMs),
  lastDeliveredAt: iso(channel.lastDeliveredAtMs),
})
