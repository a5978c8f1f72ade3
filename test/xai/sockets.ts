// xAI's WebSockets, in the events of its clients and reference.
import type { IncomingMessage, Server } from 'node:http'
import { createRequire } from 'node:module'
import type { Duplex } from 'node:stream'
import type { WebSocket, WebSocketServer } from 'ws'
import { ERRORS } from './errors.ts'
import { RESPONSE, RESPONSE_EVENTS, terminal } from './responses.ts'

// As Node sees it: with the conditions of workerd, which tests are set up under, it is an empty shell.
const ws = createRequire(import.meta.url)('ws') as typeof import('ws')

interface Event {
  type: string
  model?: string
  delta?: string
  /** What to answer, word for word. */
  events?: object[]
}

export const REALTIME_USAGE = {
  input_tokens: 120,
  output_tokens: 60,
  total_tokens: 180,
  input_token_details: { audio_tokens: 100, text_tokens: 20, cached_tokens: 0 },
  output_token_details: { audio_tokens: 50, text_tokens: 10 },
  billable_audio_seconds: 3,
}

const named = (id: string, one: object): object => ({
  ...one,
  response: { ...(one as { response?: object }).response, id },
})
const [CREATED = {}] = RESPONSE_EVENTS

/** Responses of which two are under way at once: the first is over after the second has begun. */
const overlapping = new WeakMap<WebSocket, string>()

function overlap(socket: WebSocket, say: (one: object) => void, model: string): void {
  const id = crypto.randomUUID()
  say(named(id, CREATED))
  const before = overlapping.get(socket)
  if (before === undefined) return void overlapping.set(socket, id)
  for (const one of [before, id]) say(named(one, terminal('completed', { model })))
  return void overlapping.delete(socket)
}

/** Answers that go on until they are cancelled, or the connection is closed. */
const talking = new WeakMap<WebSocket, { id: string; timer: ReturnType<typeof setInterval> }>()

function endless(socket: WebSocket, say: (one: object) => void, id: string): void {
  say({ type: 'response.created', response: { id, model: 'grok-4.3' } })
  const timer = setInterval(() => {
    if (socket.readyState !== socket.OPEN) return clearInterval(timer)
    for (let count = 0; count < 10; count++)
      say({ type: 'response.output_text.delta', response_id: id, delta: 'word ' })
  }, 5)
  talking.set(socket, { id, timer })
}

function cancel(socket: WebSocket, say: (one: object) => void): void {
  const found = talking.get(socket)
  if (!found) return
  clearInterval(found.timer)
  talking.delete(socket)
  say({ type: 'response.done', response: { id: found.id, status: 'cancelled' } })
}

/** What xAI does by the name of the model; anything else is an answer as it should be. */
const ODD: Readonly<Record<string, (socket: WebSocket, say: (one: object) => void) => void>> = {
  overlapping: (socket, say) => overlap(socket, say, 'grok-4.3'),
  uncreated: (_, say) =>
    say(named(crypto.randomUUID(), terminal('completed', { model: 'grok-4.3' }))),
  twice: (_, say) => {
    const id = crypto.randomUUID()
    say(named(id, CREATED))
    for (const type of ['completed', 'done']) say(named(id, terminal(type, { model: 'grok-4.3' })))
  },
  cancelled: (_, say) => {
    const id = crypto.randomUUID()
    say(named(id, CREATED))
    say(named(id, terminal('cancelled', { model: 'grok-4.3' })))
  },
  endless: (socket, say) => endless(socket, say, crypto.randomUUID()),
  binary: (socket) => {
    for (const one of [...RESPONSE_EVENTS, terminal('completed', { model: 'grok-4.3' })])
      socket.send(Buffer.from(JSON.stringify(one)))
  },
}

/** How each path talks back; `say` sends an event, `sound` bytes. */
const TALK: Readonly<Record<string, (socket: WebSocket, event: Event) => void>> = {
  '/v1/responses': (socket, event) => {
    const say = (one: object): void => socket.send(JSON.stringify(one))
    if (event.type !== 'response.create') return
    const odd = ODD[event.model ?? '']
    if (odd) return odd(socket, say)
    if (event.events) return event.events.forEach(say)
    if (event.model === 'gone')
      return say({
        type: 'error',
        code: 'previous_response_not_found',
        message: 'No such response',
      })
    for (const one of RESPONSE_EVENTS) say(one)
    if (event.model === 'silent') return
    // A connection that breaks off in mid-answer, in no proper way.
    if (event.model === 'cut') return setTimeout(() => socket.terminate(), 50) && undefined
    say(terminal('completed', { model: event.model ?? RESPONSE.model }))
  },
  '/v1/realtime': (socket, event) => {
    const say = (one: object): void => socket.send(JSON.stringify(one))
    if (event.type === 'conversation.item.create') say({ type: 'conversation.item.added' })
    if (event.type === 'session.update')
      say({ type: 'error', error: { code: 'bad', message: 'What?' } })
    if (event.type === 'response.cancel') return cancel(socket, say)
    if (event.type !== 'response.create') return
    if (event.model === 'endless') return endless(socket, say, crypto.randomUUID())
    const response = { id: crypto.randomUUID(), object: 'realtime.response' }
    const usage = REALTIME_USAGE
    const done = { type: 'response.done', response: { ...response, status: 'completed', usage } }
    if (event.model === 'uncreated') return say(done)
    if (event.model === 'binary')
      return [{ type: 'response.created', response }, done].forEach((one) =>
        socket.send(Buffer.from(JSON.stringify(one))),
      )
    say({ type: 'response.created', response })
    say({ type: 'response.output_audio.delta', delta: 'AAAA' })
    // Errors come in between, and end nothing.
    say({ type: 'error', error: { code: 'input_audio_buffer_commit_empty', message: 'Empty' } })
    socket.send(new Uint8Array([1, 2, 3]))
    say(done)
  },
  '/v1/stt': (socket, event) => {
    if (event.type !== 'audio.done') return
    socket.send(JSON.stringify({ type: 'transcript.done', text: 'Hello', duration: 4.5 }))
    socket.close(1000)
  },
  '/v1/tts': (socket, event) => {
    if (event.delta === 'forbidden') {
      socket.send(JSON.stringify({ type: 'error', code: 'bad-voice', message: 'No such voice' }))
      socket.close(1000)
    }
    if (event.type !== 'text.done') return
    socket.send(new Uint8Array(500).fill(0xff))
    socket.send(JSON.stringify({ type: 'audio.done' }))
  },
}

function parse(text: string): Event | null {
  try {
    return JSON.parse(text) as Event
  } catch {
    return null
  }
}

/** Answers upgrades of a server; `remember` notes that one came. */
export function serveSockets(
  server: Server,
  remember: (request: IncomingMessage) => void,
): WebSocketServer {
  const sockets = new ws.WebSocketServer({
    noServer: true,
    handleProtocols: (offered) => [...offered][0] ?? false,
  })
  server.on('upgrade', (request: IncomingMessage, stream: Duplex, head: Buffer) => {
    remember(request)
    const path = (request.url ?? '').split('?')[0] ?? ''
    const talk = TALK[path]
    const isGood = /^Bearer xai-(?!bad)/.test(request.headers.authorization ?? '')
    if (!talk || !isGood) {
      const [status, error] = talk ? ERRORS.badKey : [404, { code: 'not-found', error: path }]
      const body = JSON.stringify(error)
      stream.end(
        `HTTP/1.1 ${status} No\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\nconnection: close\r\n\r\n${body}`,
      )
      return
    }
    sockets.handleUpgrade(request, stream, head, (socket) => {
      if (path === '/v1/stt') socket.send(JSON.stringify({ type: 'transcript.created' }))
      socket.on('message', (data, isBinary) => {
        // Sound, unless it is an event.
        if (isBinary && (data as Buffer)[0] !== 0x7b) return
        const event = parse((data as Buffer).toString())
        if (event) talk(socket, event)
        else socket.send(JSON.stringify({ type: 'error', message: 'Failed to parse the event' }))
      })
    })
  })
  return sockets
}
