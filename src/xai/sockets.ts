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

/** The metering of a WebSocket of xAI: a fold over the messages of both sides. */
export interface SocketKind {
  /** The place where the caller names the model: in the URL (xAI chooses one if it is not there), in each request, nowhere. */
  namesModel: 'url' | 'event' | null
  /** Meters xAI's events. */
  meter: Meter
  /** Meters a message of xAI that is raw sound. */
  sound: (seen: Usage) => Usage
  /** Meters the caller's events; null: they cost nothing. */
  sent: Meter | null
  /** The caller's messages are prompts, whose text is needed to estimate a turn that is cut. */
  hasPrompts: boolean
  /** Each turn is a row. Null: the whole connection is one row, from the caller's first message on. */
  turns: Turns | null
  /** A turn is cancelled by an event. Otherwise only closing the connection ends it. */
  cancels: boolean
}

interface Turns {
  /** The caller's event asks for a turn. With `beginsWhenAsked` the turn begins there, otherwise with xAI's event. */
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
  namesModel: 'event',
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
  cancels: false,
}

/** An `error` does not end a turn here: xAI did not understand an event, but the answer goes on. */
export const REALTIME_SOCKET: SocketKind = {
  namesModel: 'url',
  meter: realtimeMeter,
  sound: countDelta,
  sent: textInputs,
  hasPrompts: false,
  turns: { asks: asksForTurn, beginsWhenAsked: false, begins: beginsTurn, ends: endsTurn },
  // `response.cancel`, as in OpenAI's realtime API, which xAI's follows.
  cancels: true,
}

export const TRANSCRIPT_SOCKET: SocketKind = {
  namesModel: null,
  meter: liveTranscript,
  sound: countDelta,
  sent: null,
  hasPrompts: false,
  turns: null,
  cancels: false,
}

export const SPEECH_SOCKET: SocketKind = {
  namesModel: null,
  meter: speechMeter,
  // Speech is billed by its text, once any sound has come.
  sound: (seen) => ({ ...seen, finished: true, isAnswer: true }),
  sent: spokenText,
  hasPrompts: false,
  turns: null,
  cancels: false,
}
