// xAI as fast as Node can be: a plain answer, or a stream of events. Run as a process of its own.
import { createServer } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { PLAIN, STREAM_CHUNKS, STREAM_USAGE } from '../../xai/recordings.ts'

const plain = Buffer.from(JSON.stringify(PLAIN))
const [delta] = STREAM_CHUNKS
/** A word of an answer, which may say when it was sent. */
const word = (content: string): string =>
  event({ ...delta, choices: [{ index: 0, delta: { content, role: 'assistant' } }] })
const event = (value: unknown): string =>
  `data: ${typeof value === 'string' ? value : JSON.stringify(value)}\n\n`
const nowMs = (): number => performance.timeOrigin + performance.now()
const one = Buffer.from(event(delta))
const last = Buffer.from(event(STREAM_CHUNKS.at(-1)) + event(STREAM_USAGE) + event('[DONE]'))

/** The member `user` says what is answered, `events=200&gapMs=0`: gateways pass it on as it is. */
const server = createServer((request, response) => {
  const parts: Buffer[] = []
  request.on('data', (part: Buffer) => parts.push(part))
  request.on('end', () => {
    const { user = '' } = JSON.parse(Buffer.concat(parts).toString() || '{}') as { user?: string }
    const query = new URLSearchParams(user)
    const events = Number(query.get('events') ?? 0)
    if (events === 0) {
      response.writeHead(200, {
        'content-type': 'application/json',
        'content-length': plain.length,
      })
      response.end(plain)
    } else void stream(events, Number(query.get('gapMs') ?? 0))
  })
  async function stream(events: number, gapMs: number): Promise<void> {
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    for (let sent = 0; sent < events && !response.destroyed; sent++) {
      // A packet of its own for each, which says when it was sent where there is time for it.
      response.write(gapMs > 0 ? word(`sent_ms:${nowMs()}`) : one)
      await (gapMs > 0 ? sleep(gapMs) : new Promise(setImmediate))
    }
    response.end(last)
  }
})
server.keepAliveTimeout = 0
server.listen(Number(process.argv[2]), '127.0.0.1')
