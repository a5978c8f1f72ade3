import {
  liveTranscript,
  realtimeMeter,
  speechMeter,
  spokenText,
  textInputs,
} from './meters/realtime.ts'
import { asObject } from '../metering/counts.ts'
import { responsesMeter, TERMINAL } from './meters/responses.ts'
import { asString, type Meter, type Usage } from '../metering/usage.ts'

/** How a WebSocket of xAI is metered: a fold over what either side says. */
export interface SocketKind {
  /** Over xAI's events. */
  meter: Meter
  /** xAI has sent sound as it is. */
  sound: (seen: Usage) => Usage
  /** Over the caller's events, where those cost something. */
  sent: Meter | null
  /** The text in what the caller says is a prompt, as the estimate of a cut turn wants it. */
  hasPrompts: boolean
  /** A turn is a row of its own. Null: the whole connection is one, from the first word of the caller on. */
  turns: Turns | null
}

interface Turns {
  /** The caller asks for one. Only some begin there: others do when xAI says so. */
  asks: (type: string) => boolean
  beginsWhenAsked: boolean
  begins: (type: string) => boolean
  ends: (type: string) => boolean
}

export const typeOf = (event: unknown): string => asString(asObject(event)?.['type']) ?? ''

const asksForTurn = (type: string): boolean => type === 'response.create'
const beginsTurn = (type: string): boolean => type === 'response.created'
const endsTurn = (type: string): boolean => TERMINAL.has(type)
const countDelta = (seen: Usage): Usage => ({ ...seen, deltas: seen.deltas + 1 })

export const RESPONSES_SOCKET: SocketKind = {
  meter: responsesMeter,
  sound: countDelta,
  sent: null,
  hasPrompts: true,
  turns: {
    asks: asksForTurn,
    beginsWhenAsked: true,
    begins: beginsTurn,
    ends: (type) => endsTurn(type) || type === 'error',
  },
}

/** Here an error says that something was not understood; what is being spoken goes on. */
export const REALTIME_SOCKET: SocketKind = {
  meter: realtimeMeter,
  sound: countDelta,
  sent: textInputs,
  hasPrompts: false,
  turns: { asks: asksForTurn, beginsWhenAsked: false, begins: beginsTurn, ends: endsTurn },
}

export const TRANSCRIPT_SOCKET: SocketKind = {
  meter: liveTranscript,
  sound: countDelta,
  sent: null,
  hasPrompts: false,
  turns: null,
}

export const SPEECH_SOCKET: SocketKind = {
  meter: speechMeter,
  // What is spoken is billed by the text, once any of it is.
  sound: (seen) => ({ ...seen, finished: true, isAnswer: true }),
  sent: spokenText,
  hasPrompts: false,
  turns: null,
}
