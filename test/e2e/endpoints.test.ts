import { on, once } from 'node:events'
import Anthropic from '@anthropic-ai/sdk'
import { createXai } from '@ai-sdk/xai'
import { ChatXAI } from '@langchain/xai'
import {
  experimental_generateVideo as generateVideo,
  generateImage,
  generateText,
  experimental_transcribe as transcribe,
  streamText,
  type LanguageModel,
} from 'ai'
import OpenAI, { toFile } from 'openai'
import { expect, test } from 'vitest'
import { WebSocket } from 'ws'
import { EMBEDDINGS, IMAGE, TRANSCRIPT } from '../xai/media.ts'
import { PLAIN } from '../xai/recordings.ts'
import { bytes, json, stream, typedEvents, type Reply } from '../xai/reply.ts'
import {
  ANTHROPIC,
  ANTHROPIC_EVENTS,
  RESPONSE,
  RESPONSE_EVENTS,
  terminal,
} from '../xai/responses.ts'
import { seenBy } from '../xai/client.ts'
import { rowOf } from './operator.ts'
import { openai, operator, token, ways, workerUrl, xaiUrl, type Way } from './world.ts'

const STREAMED_RESPONSE = stream(typedEvents([...RESPONSE_EVENTS, terminal('completed')]))

async function all(parts: AsyncIterable<unknown>): Promise<unknown[]> {
  const list: unknown[] = []
  for await (const part of parts) list.push(part)
  return list
}

const anthropic = ({ baseURL, apiKey, defaultHeaders }: Way): Anthropic =>
  new Anthropic({
    // That SDK adds /v1 itself.
    baseURL: baseURL.replace(/\/v1$/, ''),
    apiKey,
    defaultHeaders,
    maxRetries: 0,
  })
const xai = ({ baseURL, apiKey, defaultHeaders }: Way): ReturnType<typeof createXai> =>
  createXai({ baseURL, apiKey, headers: defaultHeaders })

const MESSAGE = {
  model: 'grok-4.3',
  max_tokens: 100,
  messages: [{ role: 'user' as const, content: 'Hello' }],
}
const FILE = bytes(new Uint8Array(2_000_000).fill(7), 'application/octet-stream')
const sum = (list: Uint8Array): number => list.reduce((total, byte) => total + byte, 0)

const generate = async (model: LanguageModel): Promise<unknown> => {
  const { text, reasoningText, usage } = await generateText({ model, prompt: 'Hi', maxRetries: 0 })
  return { text, reasoningText, usage }
}
const streams = async (model: LanguageModel): Promise<unknown> => {
  const result = streamText({ model, prompt: 'Hi', maxRetries: 0 })
  return { parts: await all(result.textStream), usage: await result.usage }
}

/** What each client makes of an answer: the same through Metrion as straight from xAI. */
const CASES: [name: string, reply: Reply, run: (way: Way) => Promise<unknown>][] = [
  [
    'openai: a response',
    json(RESPONSE),
    (way) => openai(way).responses.create({ model: 'grok-4.3', input: 'Hello' }),
  ],
  [
    'openai: a streamed response',
    STREAMED_RESPONSE,
    async (way) =>
      all(await openai(way).responses.create({ model: 'grok-4.3', input: 'Hi', stream: true })),
  ],
  [
    'openai: an image',
    json(IMAGE),
    (way) => openai(way).images.generate({ model: 'grok-imagine-image', prompt: 'A lighthouse' }),
  ],
  [
    'openai: embeddings',
    json(EMBEDDINGS),
    (way) => openai(way).embeddings.create({ model: 'v1', input: 'Hi', encoding_format: 'float' }),
  ],
  [
    'openai: a file down',
    FILE,
    async (way) => {
      const response = await openai(way).files.content('file_5f3b')
      const content = new Uint8Array(await response.arrayBuffer())
      return { length: content.length, sum: sum(content) }
    },
  ],
  [
    'openai: a file up',
    json({ id: 'file_5f3b', object: 'file' }),
    async (way) =>
      openai(way).files.create({
        file: await toFile(new Uint8Array(100_000).fill(3), 'a.bin'),
        purpose: 'assistants',
      }),
  ],
  ['@ai-sdk/xai: its default model', json(RESPONSE), (way) => generate(xai(way)('grok-4.3'))],
  ['@ai-sdk/xai: streamed', STREAMED_RESPONSE, (way) => streams(xai(way)('grok-4.3'))],
  [
    '@ai-sdk/xai: an image',
    json({ data: [{ b64_json: 'aGVsbG8=' }], usage: IMAGE.usage }),
    async (way) => {
      const model = xai(way).image('grok-imagine-image')
      const { image } = await generateImage({ model, prompt: 'A lighthouse', maxRetries: 0 })
      return image.base64
    },
  ],
  [
    '@ai-sdk/xai: a transcript',
    json(TRANSCRIPT),
    async (way) => {
      const model = xai(way).transcription()
      const audio = new Uint8Array(10_000)
      const { text, durationInSeconds } = await transcribe({ model, audio, maxRetries: 0 })
      return { text, durationInSeconds }
    },
  ],
  [
    '@anthropic-ai/sdk: a message',
    json(ANTHROPIC),
    (way) => anthropic(way).messages.create(MESSAGE),
  ],
  [
    '@anthropic-ai/sdk: streamed',
    stream(typedEvents(ANTHROPIC_EVENTS)),
    async (way) => all(await anthropic(way).messages.create({ ...MESSAGE, stream: true })),
  ],
  [
    '@langchain/xai: plain',
    json(PLAIN),
    async (way) => {
      const { content, usage_metadata: usage } = await langchain(way).invoke(
        'Hello',
        headersOf(way),
      )
      return { content, usage }
    },
  ],
]

function langchain({ baseURL, apiKey }: Way): ChatXAI {
  return new ChatXAI({ model: 'grok-4.3', apiKey, baseURL, maxRetries: 0 } as never)
}

/** That client takes headers with each call alone. */
const headersOf = ({ defaultHeaders }: Way): never =>
  ({ options: { headers: defaultHeaders } }) as never

test.each(CASES)('%s is the same through Metrion', async (_, reply, run) => {
  const { direct, proxied } = await ways(reply)
  const expected = await run(direct)
  expect(expected).toBeTruthy()
  for (const way of Object.values(proxied)) expect(await run(way)).toEqual(expected)
})

test('@langchain/xai streams through Metrion; its own headers it leaves out there', async () => {
  const { direct, proxied } = await ways(null)
  const run = async (way: Way): Promise<unknown[]> =>
    (await all(await langchain(way).stream('Hello'))).map(
      (part) => (part as { content: unknown }).content,
    )
  const expected = await run(direct)
  expect(expected.length).toBeGreaterThan(3)
  for (const way of ['stored', 'stored, /v1']) expect(await run(proxied[way]!)).toEqual(expected)
})

test('@ai-sdk/xai makes a video through Metrion, polls for it, and is billed once', async () => {
  const { proxied } = await ways(null)
  const label = crypto.randomUUID()
  const way = proxied['stored']!
  const provider = createXai({ ...way, headers: { 'x-metrion-user': label } })
  const { video } = await generateVideo({
    // The two packages disagree on a type that neither uses here.
    model: provider.video('grok-imagine-video') as never,
    prompt: 'Waves',
    duration: 8,
    maxRetries: 0,
    poll: { intervalMs: 50 },
    // Where the video lies is not Metrion's business.
    download: () => Promise.resolve({ data: new Uint8Array(9), mediaType: 'video/mp4' }),
  })
  expect(video.mediaType).toBe('video/mp4')
  const rows = async (): Promise<[string, string, number | null][]> => {
    const listed = await operator.call('GET', `/requests?requester=${label}`)
    const { requests } = (await listed.json()) as {
      requests: { endpoint: string; costBasis: string; costTicks: number | null }[]
    }
    return requests.map(({ endpoint, costBasis, costTicks }) => [endpoint, costBasis, costTicks])
  }
  await expect.poll(rows).toEqual([
    ['videos/{id}', 'reported', 4_000_000_000],
    ['videos/{id}', 'none', null],
    ['videos/generations', 'deferred', null],
  ])
})

test('an upload reaches xAI byte for byte, and is a row that costs nothing', async () => {
  const { proxied } = await ways(null)
  const client = new OpenAI({ ...proxied['stored']!, maxRetries: 0 })
  const id = crypto.randomUUID()
  const asked = client.files.create(
    { file: await toFile(new Uint8Array(3_000_000).fill(9), 'big.bin'), purpose: 'assistants' },
    { headers: { 'x-grok-conv-id': id } },
  )
  const { response } = await asked.withResponse()
  const [upload] = await seenBy(xaiUrl, id)
  expect(upload?.bodyWhole).toBe(true)
  expect(upload?.bodyBytes).toBeGreaterThan(3_000_000)
  const row = await rowOf(operator, response.headers.get('x-metrion-request-id') ?? '')
  expect(row).toMatchObject({ endpoint: 'files', costBasis: 'none', outcome: 'complete' })
})

test('ws talks to xAI through Metrion, turn by turn, by header and by protocol', async () => {
  const address = `${workerUrl.replace('http', 'ws')}/api/proxy/grok/v1/responses`
  const talk = async (socket: WebSocket): Promise<string[]> => {
    const types: string[] = []
    // Many messages may come at once; this keeps all of them.
    const messages = on(socket, 'message')
    const ask = (): void =>
      socket.send(JSON.stringify({ type: 'response.create', model: 'grok-4.3', input: 'Hello' }))
    await once(socket, 'open')
    ask()
    for await (const [data] of messages as AsyncIterable<[Buffer]>) {
      const { type } = JSON.parse(data.toString()) as { type: string }
      types.push(type)
      if (type !== 'response.completed') continue
      if (types.filter((one) => one === type).length === 2) break
      ask()
    }
    socket.close(1000)
    await once(socket, 'close')
    return types
  }
  const label = crypto.randomUUID()
  const headers = { 'x-metrion-user': label }
  const types = await talk(
    new WebSocket(address, { headers: { ...headers, authorization: `Bearer ${token}` } }),
  )
  const protocols = [`xai-client-secret.${token}`]
  expect(await talk(new WebSocket(address, protocols, { headers }))).toEqual(types)
  const rows = async (): Promise<unknown[]> => {
    const listed = await operator.call('GET', `/requests?requester=${label}`)
    return ((await listed.json()) as { requests: unknown[] }).requests
  }
  const turn = { endpoint: 'responses', costBasis: 'reported', costTicks: 2_971_500 }
  await expect.poll(rows).toMatchObject([turn, turn, turn, turn])
})
