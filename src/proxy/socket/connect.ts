import type { Outcome } from '../../ledger/outcomes.ts'
import { textOf, type Data } from './event.ts'
import type { Refusal } from '../../http/refusals.ts'
import type { Exchange } from '../exchange.ts'
import { InOrder, toEvent, type Verdict } from './guard.ts'
import { TurnTracker, type TrackerOptions } from './tracker.ts'

export interface ConnectOptions extends TrackerOptions {
  upstream: WebSocket
  /** Checks a caller's event before xAI gets it; null: nothing is checked. */
  guard: ((text: string) => Verdict | null) | null
}

/** The signal aborts if the caller hangs up before it is connected. After `over`, each socket reports its own end. */
export function whileOpening(gone: AbortSignal): { signal: AbortSignal; over: () => void } {
  const opening = new AbortController()
  const leave = (): void => opening.abort()
  if (gone.aborted) leave()
  gone.addEventListener('abort', leave)
  return { signal: opening.signal, over: () => gone.removeEventListener('abort', leave) }
}

export interface Connection {
  /** The caller's end. */
  caller: WebSocket
  /** Cancels a turn at xAI, and tells the caller why. */
  stop: (turn: Exchange, refusal: Refusal) => void
}

/** A cancelled turn ends with an event of its own. If none comes, xAI goes on with it. */
const CANCEL_MS = 5_000

/** Passes messages both ways as they come, and tracks their turns. */
export function connect(options: ConnectOptions): Connection {
  const { upstream, guard } = options
  const { 0: caller, 1: ours } = new WebSocketPair()
  const tracker = new TurnTracker(options)
  let isOver = false

  const over = (outcome: Outcome, ofTurn: Outcome): void => {
    if (isOver) return
    isOver = true
    tracker.onClose(outcome, ofTurn)
  }
  const about = { over, isOver: () => isOver, onUnmetered: () => tracker.fail() }
  pass({
    ...about,
    from: ours,
    to: upstream,
    guard,
    gone: 'client_gone',
    seen: (data) => tracker.onClientMessage(data),
  })
  pass({
    ...about,
    from: upstream,
    to: ours,
    guard: null,
    gone: 'upstream_cut',
    seen: (data) => tracker.onServerMessage(data),
  })
  ours.accept()
  upstream.accept()
  const end = (): void => {
    close(ours, 1008, 'budget_exceeded')
    close(upstream, 1000, '')
    over('stopped', 'stopped')
  }
  const stop = (turn: Exchange, refusal: Refusal): void => {
    if (isOver) return
    const stopped = tracker.stop(turn, refusal)
    if (stopped === null) return
    const { responseId } = stopped
    ours.send(toEvent(refusal))
    if (!options.kind.cancels || responseId === null) return end()
    upstream.send(JSON.stringify({ type: 'response.cancel', response_id: responseId }))
    setTimeout(() => {
      if (!tracker.isOver(responseId)) end()
    }, CANCEL_MS)
  }
  return { caller, stop }
}

interface Passing {
  from: WebSocket
  to: WebSocket
  /** Checks an event before it goes on; null: nothing is checked. */
  guard: ConnectOptions['guard']
  /** How the connection ended if `from` breaks off. */
  gone: Outcome
  seen: (data: Data) => void
  over: (outcome: Outcome, ofTurn: Outcome) => void
  isOver: () => boolean
  onUnmetered: () => void
}

/** Passes the messages of one end to the other, in order. */
function pass({ from, to, guard, gone, seen, over, isOver, onUnmetered }: Passing): void {
  from.binaryType = 'arraybuffer'
  const order = new InOrder()
  const passOn = (data: Data): void => {
    try {
      to.send(data)
    } catch {
      // The other end has closed; its close event says how.
    }
    // Messages still on their way after one end has closed begin no turn.
    if (isOver()) return
    try {
      seen(data)
    } catch (error) {
      // Metering errors must not end the connection.
      console.error('socket not metered', error instanceof Error ? error.name : typeof error)
      onUnmetered()
    }
  }
  const inOrder = (act: () => void, verdict: Verdict | null = null): void =>
    order.run(act, verdict, (refusal) => from.send(refusal))
  from.addEventListener('message', ({ data }) => {
    if (order.isFull) return close(from, 1013, 'too much at once')
    const text = guard === null ? null : textOf(data as Data)
    inOrder(() => passOn(data as Data), text === null ? null : guard?.(text))
  })
  from.addEventListener('close', ({ code, reason }) =>
    inOrder(() => {
      close(to, code, reason)
      over(isProper(code) ? 'complete' : gone, gone)
    }),
  )
  from.addEventListener('error', () =>
    inOrder(() => {
      close(to, 1011, '')
      over(gone, gone)
    }),
  )
}

const isProper = (code: number): boolean => code === 1000 || code === 1001 || code === 1005

/** Some close codes only report what happened, and cannot be sent. */
function close(socket: WebSocket, code: number, reason: string): void {
  try {
    if (code === 1005) socket.close()
    else socket.close([1004, 1006, 1015].includes(code) ? 1011 : code, reason)
  } catch {
    // Already closed.
  }
}
