import type { Content } from './content.ts'
import type { DeliveryState } from './deliver/delivery.ts'
import type { Facts } from './facts.ts'

/** A message to one of its channels. */
export interface SentDelivery {
  channelId: string
  /** Null: the channel was deleted. */
  channel: string | null
  state: DeliveryState
  attempts: number
  error: string | null
}

export interface SentMessage {
  id: string
  atMs: number
  level: Facts['level']
  /** Null: it is not composed yet. */
  content: Content | null
  deliveries: readonly SentDelivery[]
}

export const SENT_AT_ONCE = 20
