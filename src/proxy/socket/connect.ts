import { uuidv7 } from '../../ledger/uuid.ts'
import { asObject, asString, NOTHING_USED, type Usage } from '../../metering/usage.ts'
import type { Outcome } from '../../ledger/entry.ts'
import type { Ongoing } from '../record.ts'
import type { Call, Ending } from '../settle.ts'
import { typeOf, type SocketKind } from './kinds.ts'
import { Turn } from './turn.ts'

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

export interface Connected {
  /** The caller's end. */
  socket: WebSocket
  /** Resolves when both ends are closed: null where all there was to remember was in turns. */
  ended: Promise<Ending | null>
}

type Data = string | ArrayBuffer

/** Passes messages both ways as they come, and watches the turns in them. */
export function connect(connecting: Connecting): Connected {
  const { upstream } = connecting
  const { 0: caller, 1: ours } = new WebSocketPair()
  const watch = new Watch(connecting)
  const { promise: ended, resolve } = Promise.withResolvers<Ending | null>()
  let isOver = false

  const over = (outcome: Outcome): void => {
    if (isOver) return
    isOver = true
    resolve(watch.over(outcome))
  }
  const pass = (
    from: WebSocket,
    to: WebSocket,
    seen: (data: Data) => void,
    gone: Outcome,
  ): void => {
    from.binaryType = 'arraybuffer'
    from.addEventListener('message', ({ data }) => {
      try {
        to.send(data as Data)
      } catch {
        // The other end has closed; its close event says how.
      }
      seen(data as Data)
    })
    from.addEventListener('close', ({ code, reason }) => {
      close(to, code, reason)
      over(isProper(code) ? 'complete' : gone)
    })
    from.addEventListener('error', () => {
      close(to, 1011, '')
      over(gone)
    })
  }
  pass(ours, upstream, (data) => watch.said(data), 'client_gone')
  pass(upstream, ours, (data) => watch.heard(data), 'upstream_cut')
  ours.accept()
  upstream.accept()
  return { socket: caller, ended }
}

const isProper = (code: number): boolean => code === 1000 || code === 1001 || code === 1005

/** Some codes only say what happened, and cannot be sent. */
function close(socket: WebSocket, code: number, reason: string): void {
  try {
    if (code === 1005) socket.close()
    else socket.close([1004, 1006, 1015].includes(code) ? 1011 : code, reason)
  } catch {
    // It is closed already.
  }
}

/** What is said on a connection, turn by turn. */
class Watch {
  private readonly about: Connecting
  private turn: Turn | null = null
  private turns = 0
  /** What the caller has said since the last turn began. */
  private said_: Usage = NOTHING_USED
  private textBytes = 0

  constructor(about: Connecting) {
    this.about = about
    if (about.kind.turns === null) this.begin(about.requestedModel)
  }

  said(data: Data): void {
    const { kind } = this.about
    const event = parse(data)
    if (event === null) return
    this.textBytes += (data as string).length
    if (kind.sent) {
      if (this.turn) this.turn.take(kind.sent, event)
      else this.said_ = attempt(kind.sent, this.said_, event)
    }
    if (kind.turns?.begins(typeOf(event))) this.begin(modelOf(event) ?? this.about.requestedModel)
  }

  heard(data: Data): void {
    const { meter, turns } = this.about.kind
    const event = parse(data)
    if (event === null) {
      this.turn?.heard(Date.now())
      return
    }
    const type = typeOf(event)
    if (turns?.begins(type)) this.begin(modelOf(event) ?? this.about.requestedModel)
    const { turn } = this
    if (turn === null) return
    turn.heard(Date.now())
    turn.take(meter, event)
    if (!turns?.ends(type)) return
    this.turn = null
    turn.end(turn.usage.error ? 'upstream_error' : 'complete')
  }

  /** The connection is over. */
  over(outcome: Outcome): Ending | null {
    const { turn } = this
    this.turn = null
    // A turn that is still under way was cut, however properly the connection was closed.
    const { turns } = this.about.kind
    const isCut = turns !== null && outcome === 'complete' ? 'client_gone' : outcome
    turn?.end(turn.usage.error ? 'upstream_error' : isCut)
    return this.turns > 0 ? null : this.idle(outcome)
  }

  private begin(requestedModel: string | null): void {
    if (this.turn) return
    const { call, ownMs, upstreamRequestId, secrets, onTurn } = this.about
    const nowMs = Date.now()
    const isFirst = this.turns++ === 0
    const turn = new Turn({
      call: isFirst ? call : { ...call, id: uuidv7(nowMs), atMs: nowMs },
      requestedModel,
      ownMs: isFirst ? ownMs : 0,
      upstreamRequestId,
      used: this.said_,
      textBytes: this.textBytes,
      secrets,
    })
    this.turn = turn
    this.said_ = NOTHING_USED
    this.textBytes = 0
    onTurn(turn.call, { ended: turn.ended, soFar: () => turn.describe('upstream_cut') })
  }

  /** A connection on which nothing was asked costs nothing, and is remembered all the same. */
  private idle(outcome: Outcome): Ending {
    const { call, ownMs, requestedModel, upstreamRequestId, secrets } = this.about
    const about = { call, ownMs, requestedModel, upstreamRequestId, secrets }
    const nothing = new Turn({ ...about, used: NOTHING_USED, textBytes: 0 })
    return { ...nothing.describe(outcome), billed: false }
  }
}

const modelOf = (event: unknown): string | null => {
  const value = asObject(event)
  return asString(asObject(value?.['response'])?.['model']) ?? asString(value?.['model'])
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
