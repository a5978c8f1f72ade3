import { liveTranscript, realtimeMeter, spokenText, textInputs } from '../../metering/realtime.ts'
import { responsesMeter } from '../../metering/responses.ts'
import { asObject, asString, type Meter } from '../../metering/usage.ts'

/** How a WebSocket of xAI is metered: a fold over what either side says. */
export interface SocketKind {
  /** Over xAI's events. */
  meter: Meter
  /** Over the caller's, where those cost something. */
  sent: Meter | null
  /** A turn is a row of its own. Null: the whole connection is one. */
  turns: { begins: (type: string) => boolean; ends: (type: string) => boolean } | null
}

export const typeOf = (event: unknown): string => asString(asObject(event)?.['type']) ?? ''

const TURNS = {
  // A caller asks for one, or xAI begins by itself when somebody has stopped speaking.
  begins: (type: string) => type === 'response.create' || type === 'response.created',
  ends: (type: string) =>
    /^response\.(done|completed|incomplete|failed|cancelled)$/.test(type) || type === 'error',
}

export const RESPONSES_SOCKET: SocketKind = { meter: responsesMeter, sent: null, turns: TURNS }
export const REALTIME_SOCKET: SocketKind = { meter: realtimeMeter, sent: textInputs, turns: TURNS }
export const TRANSCRIPT_SOCKET: SocketKind = { meter: liveTranscript, sent: null, turns: null }
export const SPEECH_SOCKET: SocketKind = { meter: (seen) => seen, sent: spokenText, turns: null }
