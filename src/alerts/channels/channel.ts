import type { ChannelKind } from './kinds.ts'

/** A channel whose address is known. */
export interface OpenChannel {
  id: string
  name: string
  kind: ChannelKind
  /** An URL, or an e-mail address. */
  target: string
  /** Signs a webhook. Null: the kind has none. */
  secret: string | null
  origin: string
}

/** What is sealed of a channel. */
export type ChannelSecret = Pick<OpenChannel, 'target' | 'secret'>
