import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { PLAIN, STREAM_CHUNKS, STREAM_USAGE } from '../xai/recordings.ts'
import { cutAt, events, json, stream } from '../xai/reply.ts'
import { rowOf } from './operator.ts'
import { operator, token, ways, workerUrl, type Way } from './world.ts'

const run = promisify(execFile)

async function curl(
  way: Way,
  body: object,
  headers: Record<string, string> = {},
): Promise<{ head: string; body: string }> {
  const all = {
    ...way.defaultHeaders,
    'content-type': 'application/json',
    ...headers,
    authorization: `Bearer ${way.apiKey}`,
  }
  const flags = Object.entries(all).flatMap(([name, value]) => ['-H', `${name}: ${value}`])
  const { stdout } = await run(
    'curl',
    ['-sN', '-D', '-', `${way.baseURL}/chat/completions`, ...flags, '-d', JSON.stringify(body)],
    { maxBuffer: 1e8 },
  )
  const at = stdout.indexOf('\r\n\r\n')
  return { head: stdout.slice(0, at).toLowerCase(), body: stdout.slice(at + 4) }
}

const id = (head: string): string => /x-metrion-request-id: (\S+)/.exec(head)?.[1] ?? ''
const request = { model: 'grok-4.3', messages: [{ role: 'user', content: 'Hello' }] }
const SENT = events([...STREAM_CHUNKS, STREAM_USAGE, '[DONE]']).join('')

test('curl receives the very bytes that xAI sent', async () => {
  const { proxied } = await ways(json(PLAIN, 200, { 'set-cookie': 'planted=1' }))
  for (const way of Object.values(proxied)) {
    const answer = await curl(way, request)
    expect(answer.body).toBe(JSON.stringify(PLAIN))
    expect(answer.head).toContain(`content-length: ${Buffer.byteLength(JSON.stringify(PLAIN))}`)
    expect(answer.head).not.toContain('planted')
  }
})

test('curl receives a stream byte for byte, wherever xAI cut it', async () => {
  const whole = new TextEncoder().encode(SENT)
  const positions = Array.from(
    { length: 24 },
    (_, index) => Math.floor((whole.length / 24) * index) + 1,
  )
  for (const position of [...positions, SENT.indexOf('á') + 1]) {
    const { proxied } = await ways(stream(cutAt(whole, position)))
    const asked = await curl(proxied['stored']!, {
      ...request,
      stream: true,
      stream_options: { include_usage: true },
    })
    expect(asked.body).toBe(SENT)
    const silent = await curl(proxied['stored']!, { ...request, stream: true })
    expect(silent.body).toBe(events([...STREAM_CHUNKS, '[DONE]']).join(''))
    expect(await rowOf(operator, id(silent.head))).toMatchObject({
      outcome: 'complete',
      costTicks: 739_000,
    })
  }
})

test('an event of 5 MB passes whole', async () => {
  const big = events([
    { ...STREAM_CHUNKS[0], padding: 'x'.repeat(5_000_000) },
    ...STREAM_CHUNKS,
    STREAM_USAGE,
    '[DONE]',
  ])
  const { proxied } = await ways(stream(big))
  const answer = await curl(proxied['stored']!, { ...request, stream: true })
  expect(answer.body.length).toBe(big.join('').length - events([STREAM_USAGE])[0]!.length)
  expect(await rowOf(operator, id(answer.head))).toMatchObject({ costTicks: 739_000 })
})

test('labels arrive in UTF-8, as curl sends them', async () => {
  const { proxied } = await ways(json(PLAIN))
  const answer = await curl(proxied['stored']!, request, { 'x-metrion-user': 'Zoë 日本' })
  expect(await rowOf(operator, id(answer.head))).toMatchObject({ requester: 'Zoë 日本' })
})

test('labels arrive in UTF-8 from Node, whose headers take one character a byte', async () => {
  const response = await fetch(`${workerUrl}/api/proxy/grok/models`, {
    headers: {
      authorization: `Bearer ${token}`,
      'x-metrion-user': Buffer.from('Zoë 日本').toString('latin1'),
    },
  })
  expect(response.status).toBe(200)
  expect(await rowOf(operator, response.headers.get('x-metrion-request-id') ?? '')).toMatchObject({
    requester: 'Zoë 日本',
  })
})
