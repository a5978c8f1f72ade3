import type { Outcome } from '../../ledger/outcomes.ts'
import { textOf, type Data } from './event.ts'
import { InOrder, type Verdict } from './guard.ts'
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

/** Passes messages both ways as they come, and tracks their turns. Returns the caller's end. */
export function connect(options: ConnectOptions): WebSocket {
  const { upstream, guard } = options
  const { 0: caller, 1: ours } = new WebSocketPair()
  const tracker = new TurnTracker(options)
  let isOver = false

  const over = (outcome: Outcome, ofTurn: Outcome): void => {
    if (isOver) return
    isOver = true
    tracker.onClose(outcome, ofTurn)
  }
  const pass = (
    from: WebSocket,
    to: WebSocket,
    seen: (data: Data) => void,
    gone: Outcome,
  ): void => {
    from.binaryType = 'arraybuffer'
    const order = new InOrder()
    const passOn = (data: Data): void => {
      try {
        to.send(data)
      } catch {
        // The other end has closed; its close event says how.
      }
      // Messages still on their way after one end has closed begin no turn.
      if (isOver) return
      try {
        seen(data)
      } catch (error) {
        // Metering errors must not end the connection.
        console.error('socket not metered', error instanceof Error ? error.name : typeof error)
        tracker.fail()
      }
    }
    const inOrder = (act: () => void, verdict: Verdict | null = null): void =>
      order.run(act, verdict, (refusal) => from.send(refusal))
    from.addEventListener('message', ({ data }) => {
      if (order.isFull) return close(from, 1013, 'too much at once')
      const text = guard === null || from !== ours ? null : textOf(data as Data)
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
  pass(ours, upstream, (data) => tracker.onClientMessage(data), 'client_gone')
  pass(upstream, ours, (data) => tracker.onServerMessage(data), 'upstream_cut')
  ours.accept()
  upstream.accept()
  return caller
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
