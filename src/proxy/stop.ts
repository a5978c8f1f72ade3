import { bodyOf, type Dialect } from '../http/refusal-response.ts'
import { toWire } from '../http/messages.ts'
import type { Refusal } from '../http/refusals.ts'
import type { Exchange } from './exchange.ts'
import type { Reading } from './reading.ts'
import type { Stopper } from './relay/copy.ts'
import { watchSpend } from './spending.ts'

const encoder = new TextEncoder()

/** Stops an answer when a budget has nothing left for it. */
export class SpendStopper implements Stopper {
  private refusal: Refusal | null = null
  private readonly exchange: Exchange
  private readonly reading: Reading
  onOver: () => void = () => {}
  readonly look: () => void

  private constructor(exchange: Exchange, reading: Reading) {
    this.exchange = exchange
    this.reading = reading
    const watch = watchSpend(exchange, (refusal) => {
      this.refusal = refusal
      this.onOver()
    })
    this.look = watch ?? (() => {})
  }

  /** Null: no budget stops this answer. */
  static of(exchange: Exchange, reading: Reading): SpendStopper | null {
    return exchange.reservation?.stops ? new SpendStopper(exchange, reading) : null
  }

  last(): Uint8Array {
    const { refusal, reading, exchange } = this
    if (!refusal) return new Uint8Array(0)
    reading.stoppedBy = refusal
    return lastEvents(refusal, exchange.call.endpoint, reading.tap.mayInterrupt)
  }

  get isOver(): boolean {
    return this.refusal !== null
  }
}

/** The form of a stream: that of chat completions, of the Responses API, or of Anthropic's messages. */
type Form = 'chat' | 'responses' | 'messages'

const formOf = (endpoint: string): Form =>
  endpoint === 'messages' ? 'messages' : endpoint.startsWith('responses') ? 'responses' : 'chat'

/**
 * The last bytes of a stream that is stopped. The SDKs raise an error on them: OpenAI's on the member `error` of any
 * event, Anthropic's on the event `error` (https://docs.claude.com/en/docs/build-with-claude/streaming#error-events).
 */
function lastEvents(refusal: Refusal, endpoint: string, isBetweenEvents: boolean): Uint8Array {
  const form = formOf(endpoint)
  const wire = toWire(refusal)
  // Ends an event that has passed in part.
  const before = isBetweenEvents ? '' : '\n\n'
  return encoder.encode(before + EVENTS[form](wire))
}

type Wire = ReturnType<typeof toWire>

const errorOf = (wire: Wire, dialect: Dialect): object => bodyOf(wire, dialect).error

const dataLine = (value: object | string): string =>
  `data: ${typeof value === 'string' ? value : JSON.stringify(value)}\n\n`

const EVENTS: Record<Form, (wire: Wire) => string> = {
  chat: (wire) => {
    const choices = [{ index: 0, delta: {}, finish_reason: 'error' }]
    const error = errorOf(wire, 'openai')
    const last = { object: 'chat.completion.chunk', choices, error }
    // @ai-sdk/xai passes over the error of an event with choices, and raises on one without.
    return [{ error }, last, '[DONE]'].map(dataLine).join('')
  },
  // https://platform.openai.com/docs/api-reference/responses-streaming/error
  responses: (wire) => {
    const { code, message } = wire
    const event = { type: 'error', code, message, param: null, error: errorOf(wire, 'openai') }
    return `event: error\ndata: ${JSON.stringify(event)}\n\n`
  },
  messages: (wire) => {
    const error = { ...errorOf(wire, 'anthropic'), type: 'billing_error' }
    return `event: error\ndata: ${JSON.stringify({ type: 'error', error })}\n\n`
  },
}
