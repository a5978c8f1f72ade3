// The least that a Worker can be which meters: it has both bodies in its hands, one timer for a silent
// xAI and work that outlives the answer, and looks at nothing. What it costs is the runtime's share. Where an
// event may have to be left out, it either copies chunk by chunk or looks at what has gathered.
import { firstReadBuffer, nextReadBuffer } from '../../../src/proxy/relay/read-buffer.ts'
import { directly } from '../../../src/proxy/relay/source.ts'
import { gather } from '../../../src/proxy/relay/gather.ts'

const PAUSE_MS = 1_000
const GATHER_MS = 50
const TIMEOUT_MS = 600_000
const SPACE_BYTES = 65_536

export default {
  async fetch(request, env, ctx) {
    const asked = await request.arrayBuffer()
    const showsAll = new TextDecoder().decode(asked).includes('include_usage')
    const timeout = new AbortController()
    const timer = setTimeout(() => timeout.abort(), TIMEOUT_MS)
    const upstream = await fetch(`${env.XAI_BASE_URL}/v1/chat/completions`, {
      method: 'POST',
      headers: request.headers,
      body: asked,
      signal: timeout.signal,
    })
    clearTimeout(timer)
    const { status, headers, body } = upstream
    const init = { status, headers }
    if (body === null || !headers.get('content-type')?.startsWith('text/event-stream')) {
      const content = await upstream.arrayBuffer()
      ctx.waitUntil(Promise.resolve())
      return new Response(content, init)
    }
    const { readable, writable } = new IdentityTransformStream()
    ctx.waitUntil(showsAll ? flow(body, writable) : copy(body, writable, env.GATHERS === '1'))
    return new Response(readable, init)
  },
} satisfies ExportedHandler<{ XAI_BASE_URL: string; GATHERS?: string }>

/** Where every byte may pass as it comes: the runtime moves it, and the meter looks at times. */
async function flow(
  upstream: ReadableStream<Uint8Array>,
  writable: WritableStream<Uint8Array>,
): Promise<void> {
  const [toCaller, toMeter] = upstream.tee()
  let isOver = false
  const piped = toCaller.pipeTo(writable).finally(() => (isOver = true))
  const reader = toMeter.getReader({ mode: 'byob' })
  let buffer: Uint8Array = new Uint8Array(SPACE_BYTES)
  for (;;) {
    const read = await reader.read(buffer)
    if (read.done) break
    buffer = new Uint8Array(read.value.buffer)
    if (!isOver) await new Promise((resolve) => setTimeout(resolve, PAUSE_MS))
  }
  await piped
}

/** Where an event may have to be left out. */
async function copy(
  upstream: ReadableStream<Uint8Array>,
  writable: WritableStream<Uint8Array>,
  gathers: boolean,
): Promise<void> {
  const source = gathers ? gather(upstream) : directly(upstream)
  const writer = writable.getWriter()
  let buffer = firstReadBuffer()
  for (;;) {
    const read = await source.read(buffer)
    if (read.done) break
    await writer.write(read.value)
    buffer = nextReadBuffer(read.value)
    await source.pause?.(GATHER_MS)
  }
  await writer.close()
}
