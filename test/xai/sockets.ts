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
}

export const REALTIME_USAGE = {
  input_tokens: 120,
  output_tokens: 60,
  total_tokens: 180,
  input_token_details: { audio_tokens: 100, text_tokens: 20, cached_tokens: 0 },
  output_token_details: { audio_tokens: 50, text_tokens: 10 },
  billable_audio_seconds: 3,
}

/** How each path talks back; `say` sends an event, `sound` bytes. */
const TALK: Readonly<Record<string, (socket: WebSocket, event: Event) => void>> = {
  '/v1/responses': (socket, event) => {
    const say = (one: object): void => socket.send(JSON.stringify(one))
    if (event.type !== 'response.create') return
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
    if (event.type !== 'response.create') return
    const response = { id: crypto.randomUUID(), object: 'realtime.response' }
    say({ type: 'response.created', response })
    say({ type: 'response.output_audio.delta', delta: 'AAAA' })
    // Errors come in between, and end nothing.
    say({ type: 'error', error: { code: 'input_audio_buffer_commit_empty', message: 'Empty' } })
    socket.send(new Uint8Array([1, 2, 3]))
    say({
      type: 'response.done',
      response: { ...response, status: 'completed', usage: REALTIME_USAGE },
    })
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
        if (isBinary) return
        talk(socket, JSON.parse((data as Buffer).toString()) as Event)
      })
    })
  })
  return sockets
}
