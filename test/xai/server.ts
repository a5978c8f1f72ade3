import { createHash } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { gzipSync } from 'node:zlib'
import { answer } from './answer.ts'
import { serveSockets } from './sockets.ts'
import type { Reply, Seen } from './reply.ts'
import { refuseType } from './strict.ts'

export interface ScriptedXai {
  url: string
  close: () => Promise<void>
}

const KEEP_BODY_BYTES = 100_000
const KEEP_REQUESTS = 10_000

/**
 * A stand-in for api.x.ai. Each request is answered by the script that was put under its
 * `x-grok-conv-id` (PUT /script/ID), and otherwise as xAI would; GET /seen/ID tells what came with
 * that id, GET /seen everything.
 */
export async function startXai(port = 0): Promise<ScriptedXai> {
  const scripts = new Map<string, Reply>()
  const seen: Seen[] = []
  const server = createServer((request, response) => {
    void handle(request, response).catch(() => response.destroy())
  })
  // A connection that Node closes just as it is used again is an answer lost, and no fault of the Worker.
  server.keepAliveTimeout = 0

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = request.url ?? '/'
    const control = /^\/(script|seen)(?:\/(.+))?$/.exec(path)
    const entry = remember(request)
    if (control === null) {
      seen.push(entry)
      if (seen.length > KEEP_REQUESTS) seen.shift()
    }
    response.on('close', () => (entry.hungUp = !response.writableFinished))
    await readBody(request, entry, control === null ? KEEP_BODY_BYTES : Number.POSITIVE_INFINITY)
    if (control?.[1] === 'script') {
      scripts.set(control[2] ?? '', JSON.parse(entry.body ?? '{}') as Reply)
      response.end()
      return
    }
    if (control?.[1] === 'seen') {
      const id = control[2]
      const matching = id ? seen.filter((one) => one.headers['x-grok-conv-id'] === id) : seen
      response.setHeader('content-type', 'application/json').end(JSON.stringify(matching))
      return
    }
    const scripted = scripts.get(entry.headers['x-grok-conv-id'] ?? '')
    const reply = refuseType(entry) ?? scripted ?? answer(entry)
    entry.requestId = reply.headers?.['x-request-id'] ?? null
    await write(response, reply)
  }

  const sockets = serveSockets(server, (request) => seen.push(remember(request)))
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () =>
      new Promise((resolve) => {
        for (const socket of sockets.clients) socket.terminate()
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

function remember(request: IncomingMessage): Seen {
  const headers = Object.fromEntries(
    Object.entries(request.headers).map(([name, value]) => [name, String(value)]),
  )
  return {
    method: request.method ?? '',
    path: request.url ?? '',
    headers,
    body: null,
    bodyBytes: 0,
    bodyHash: '',
    bodyWhole: false,
    hungUp: false,
    requestId: null,
  }
}

async function readBody(request: IncomingMessage, entry: Seen, keepBytes: number): Promise<void> {
  const parts: Buffer[] = []
  const hash = createHash('sha256')
  for await (const part of request as AsyncIterable<Buffer>) {
    entry.bodyBytes += part.length
    hash.update(part)
    if (entry.bodyBytes <= keepBytes) parts.push(part)
  }
  entry.bodyWhole = request.complete
  entry.bodyHash = hash.digest('hex')
  if (entry.bodyBytes <= keepBytes) entry.body = Buffer.concat(parts).toString('utf8')
}

async function write(response: ServerResponse, reply: Reply): Promise<void> {
  if (reply.delayMs) await sleep(reply.delayMs)
  if (reply.ending === 'silence' && !reply.chunks) return
  if (reply.ending === 'reset') {
    response.socket?.resetAndDestroy()
    return
  }
  const plain = (reply.chunks ?? []).map((chunk) => Buffer.from(chunk, 'base64'))
  const writes = reply.gzip ? [gzipSync(Buffer.concat(plain))] : plain
  const headers: Record<string, string | number> = { ...reply.headers }
  if (reply.gzip) headers['content-encoding'] = 'gzip'
  const isStream = headers['content-type'] === 'text/event-stream'
  if (!isStream) headers['content-length'] = reply.lengthBytes ?? Buffer.concat(writes).length
  response.writeHead(reply.status ?? 200, headers)
  response.flushHeaders()
  for (const [index, bytes] of writes.entries()) {
    if (response.destroyed) return
    if (index > 0 && reply.gapMs) await sleep(reply.gapMs)
    if (!response.write(bytes))
      await new Promise<void>((resolve) => response.once('drain', resolve).once('close', resolve))
    // Each write is a packet of its own, so that bytes arrive cut where the test cut them.
    else await sleep(0)
  }
  if (reply.ending === 'cut') {
    await sleep(50)
    response.destroy()
  } else if (reply.ending !== 'silence') response.end()
}

if (import.meta.main) {
  const xai = await startXai(Number(process.env['PORT'] ?? 0))
  console.log(`scripted xAI on ${xai.url}`)
}
