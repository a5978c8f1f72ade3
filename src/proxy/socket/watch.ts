import { JsonMembers } from '../../json/members.ts'
import type { Outcome } from '../../ledger/entry.ts'
import { uuidv7 } from '../../ledger/uuid.ts'
import { asObject, asString, NOTHING_USED, readError, type Usage } from '../../metering/usage.ts'
import type { Ongoing } from '../record.ts'
import type { Call, Ending } from '../settle.ts'
import { typeOf, type SocketKind } from './kinds.ts'
import { Turn } from './turn.ts'

export type Data = string | ArrayBuffer

export interface Connecting {
  upstream: WebSocket
  kind: SocketKind
  /** The connection's own; its first turn has its id. */
  call: Call
  requestedModel: string | null
  ownMs: number
  upstreamRequestId: string | null
  secrets: readonly string[]
  /** A turn has begun; it is to be remembered when it ends. */
  onTurn: (call: Call, ongoing: Ongoing) => void
}

/** What is said on a connection, turn by turn. */
export class Watch {
  private readonly about: Connecting
  private turn: Turn | null = null
  private turns = 0
  /** What the caller has said since the last turn began. */
  private asked: Usage = NOTHING_USED
  private askedMs: number | null = null
  private textBytes = 0
  /** What xAI had against something outside of any turn. */
  private error: Usage['error'] = null

  constructor(about: Connecting) {
    this.about = about
  }

  said(data: Data): void {
    const { kind } = this.about
    if (kind.turns === null) this.begin(this.about.requestedModel)
    const event = parse(data)
    if (event === null) return
    if (kind.hasPrompts) this.textBytes += textBytesOf(data as string)
    if (kind.sent) {
      if (this.turn) this.turn.take(kind.sent, event)
      else this.asked = attempt(kind.sent, this.asked, event)
    }
    if (!kind.turns?.asks(typeOf(event))) return
    this.askedMs ??= Date.now()
    if (kind.turns.beginsWhenAsked) this.begin(modelOf(event) ?? this.about.requestedModel)
  }

  heard(data: Data): void {
    const { meter, sound, turns } = this.about.kind
    const event = parse(data)
    const type = typeOf(event)
    if (turns?.begins(type)) this.begin(modelOf(event) ?? this.about.requestedModel)
    const { turn } = this
    if (turn === null) {
      this.error = readError(event) ?? this.error
      return
    }
    turn.heard(Date.now())
    if (event === null) turn.take(sound, null)
    else turn.take(meter, event)
    if (!turns?.ends(type)) return
    this.turn = null
    turn.end(turn.usage.error ? 'upstream_error' : 'complete')
  }

  /** The connection is over; what is still under way was cut, however properly it was closed. */
  over(outcome: Outcome, ofTurn: Outcome): Ending | null {
    const { turn } = this
    this.turn = null
    const isCut = this.about.kind.turns === null ? outcome : ofTurn
    turn?.end(turn.usage.error ? 'upstream_error' : isCut)
    return this.turns > 0 ? null : this.idle(this.error ? 'upstream_error' : outcome)
  }

  private begin(requestedModel: string | null): void {
    if (this.turn) return
    const { call, ownMs, upstreamRequestId, secrets, onTurn } = this.about
    const nowMs = Date.now()
    const isFirst = this.turns++ === 0
    const turn = new Turn({
      call: isFirst ? call : { ...call, id: uuidv7(nowMs), atMs: nowMs },
      beganMs: this.askedMs ?? nowMs,
      requestedModel,
      ownMs: isFirst ? ownMs : 0,
      upstreamRequestId,
      used: this.asked,
      textBytes: this.textBytes,
      secrets,
    })
    this.turn = turn
    this.asked = NOTHING_USED
    this.askedMs = null
    this.textBytes = 0
    onTurn(turn.call, { ended: turn.ended, soFar: () => turn.describe('upstream_cut') })
  }

  /** A connection on which nothing was asked costs nothing, and is remembered all the same. */
  private idle(outcome: Outcome): Ending {
    const { call, ownMs, requestedModel, upstreamRequestId, secrets } = this.about
    const about = { call, ownMs, requestedModel, upstreamRequestId, secrets }
    const used = { ...NOTHING_USED, error: this.error }
    const nothing = new Turn({ ...about, beganMs: call.atMs, used, textBytes: 0 })
    return { ...nothing.describe(outcome), billed: false }
  }
}

const modelOf = (event: unknown): string | null => {
  const value = asObject(event)
  return asString(asObject(value?.['response'])?.['model']) ?? asString(value?.['model'])
}

const encoder = new TextEncoder()

/** How much text a message has for a model to read; pictures are none. */
function textBytesOf(message: string): number {
  const members = new JsonMembers(new Set(), {})
  members.push(encoder.encode(message))
  return members.textBytes
}

/** Null: sound, or no JSON. */
function parse(data: Data): unknown {
  if (typeof data !== 'string') return null
  try {
    return JSON.parse(data) as unknown
  } catch {
    return null
  }
}

function attempt(meter: SocketKind['meter'], seen: Usage, event: unknown): Usage {
  try {
    return meter(seen, event)
  } catch {
    return seen
  }
}
