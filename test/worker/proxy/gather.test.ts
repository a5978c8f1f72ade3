import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { CHAT_MEMBERS, chatMeter, isUsageOnly } from '../../../src/xai/meters/chat.ts'
import { EventTap } from '../../../src/metering/event-tap.ts'
import { gather } from '../../../src/proxy/relay/gather.ts'
import { relay } from '../../../src/proxy/relay/relay.ts'
import { STREAM_CHUNKS, STREAM_USAGE } from '../../xai/recordings.ts'
import { events, stream } from '../../xai/reply.ts'
import { chat, CHAT, fetchWorker, makeAccount, rowOf } from '../world.ts'

const utf8 = new TextEncoder()
const [word = ''] = events(STREAM_CHUNKS)
const usage = events([STREAM_USAGE])[0]!
const END = events([STREAM_CHUNKS.at(-1), STREAM_USAGE, '[DONE]']).join('')

// A pause is over when the test says so, and not before.
beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date'] }))
afterEach(() => void vi.useRealTimers())

/** An xAI that says what it is told to. */
function xai() {
  const controllers: ReadableByteStreamController[] = []
  const cancelled = vi.fn<(why: unknown) => void>()
  const upstream = new ReadableStream({
    type: 'bytes',
    start: (controller: ReadableByteStreamController) => void controllers.push(controller),
    cancel: cancelled,
  })
  const [controller] = controllers
  return {
    upstream,
    cancelled,
    say: (text: string) => controller!.enqueue(utf8.encode(text)),
    finish: () => controller!.close(),
    cut: () => controller!.error(new Error('cut')),
  }
}

/** What is under way arrives. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 30; turn++) await scheduler.wait(1)
}

/** A stream on the Free plan whose usage is hidden, and what its caller has heard so far. */
function gathered() {
  const { upstream, ...said } = xai()
  const tap = new EventTap({ meter: chatMeter, members: CHAT_MEMBERS, hides: isUsageOnly })
  const { body, ended } = relay(upstream, tap, {
    lengthBytes: null,
    stopper: null,
    gone: new AbortController().signal,
    keepsAlive: true,
    showsAll: false,
    gathersFor: 'free',
    onFirstByte: () => {},
  })
  const heard: string[] = []
  const reader = body.pipeThrough(new TextDecoderStream()).getReader()
  const listening = (async () => {
    for (;;) {
      const { done, value } = await reader.read()
      if (done) return 'whole'
      heard.push(value)
    }
  })().catch(() => 'broken')
  const after = async (ms: number): Promise<string[]> => {
    await vi.advanceTimersByTimeAsync(ms)
    await settle()
    return heard.splice(0)
  }
  return { ...said, tap, ended, listening, after, hangUp: () => reader.cancel() }
}

/** One that has begun to gather. */
async function gathering() {
  const one = gathered()
  for (let sent = 0; sent < 4; sent++) {
    one.say(word)
    expect(await one.after(0)).toEqual([word])
  }
  // It waits for a first event behind which it may pause.
  one.say(word)
  expect(await one.after(0)).toEqual([word])
  return one
}

test('the first events come at once, those after them together when the pause is over', async () => {
  const { say, after, finish, ended } = await gathering()
  for (let sent = 0; sent < 20; sent++) {
    say(word)
    expect(await after(0)).toEqual([])
  }
  expect((await after(50)).join('')).toBe(word.repeat(20))
  // Nothing was to pass on: the next one does not wait, and those behind it do.
  expect(await after(5_000)).toEqual([])
  say(word)
  expect(await after(0)).toEqual([word])
  say(word)
  expect(await after(900)).toEqual([])
  expect(await after(100)).toEqual([word])
  finish()
  expect(await ended).toBe('whole')
})

test('the end waits for no pause, and hides the usage', async () => {
  const { say, after, finish, ended, listening, tap } = await gathering()
  say(word)
  say(END)
  expect(await after(0)).toEqual([])
  finish()
  expect((await after(0)).join('')).toBe(word + END.replace(usage, ''))
  expect([await ended, await listening]).toEqual(['whole', 'whole'])
  expect(tap.usage).toMatchObject({ finished: true, reportedTicks: 739_000 })
})

// What came right before it is with the caller, which test/paths shows: streams of the network keep it.
test('nor does a cut', async () => {
  const { cut, ended, listening, tap } = await gathering()
  cut()
  expect(await ended).toBe('upstream_cut')
  expect(await listening).toBe('broken')
  expect(tap.usage.deltas).toBe(5)
})

test.each(Array.from({ length: END.length / 20 }, (_, index) => index * 20 + 1))(
  'gathered in two parts at byte %d of its end, a stream hides the usage',
  async (at) => {
    const { say, after, finish, ended } = await gathering()
    say(END.slice(0, at))
    const first = (await after(50)).join('')
    say(END.slice(at))
    finish()
    expect(first + (await after(1_000)).join('')).toBe(END.replace(usage, ''))
    expect(await ended).toBe('whole')
  },
)

test('a silent stream that gathers gets a comment, between two events', async () => {
  const { say, after, finish, ended } = await gathering()
  say(`${word}data: {"half"`)
  expect(await after(50)).toEqual([word])
  expect(await after(16_000)).toEqual([': keep-alive\n\n'])
  say(':1}\n\n')
  expect((await after(0)).join('')).toBe('data: {"half":1}\n\n')
  finish()
  expect(await ended).toBe('whole')
})

test('a caller that hangs up in a pause ends the call to xAI with the next event', async () => {
  const { say, after, hangUp, cancelled, ended } = await gathering()
  await hangUp()
  say(word)
  await after(1_000)
  say(word)
  await after(1_000)
  expect(await ended).toBe('client_gone')
  expect(cancelled).toHaveBeenCalled()
})

test('much at once ends the pause, so that a fast answer is not slowed down', async () => {
  const { say, after, finish, ended } = await gathering()
  const fat = `data: ${JSON.stringify('x'.repeat(10_000))}\n\n`
  for (let sent = 0; sent < 20; sent++) say(fat)
  let bytes = 0
  for (let turn = 0; turn < 5; turn++) bytes += (await after(0)).join('').length
  expect(bytes).toBeGreaterThanOrEqual(fat.length * 20 - 65_536)
  finish()
  expect(await ended).toBe('whole')
})

test('what nobody reads holds xAI back at a quarter of a megabyte, and all of it comes in the end', async () => {
  const part = new Uint8Array(10_000)
  const total = 500
  let pulled = 0
  const upstream = new ReadableStream({
    type: 'bytes',
    pull: (controller: ReadableByteStreamController) => {
      if (pulled++ === total) return controller.close()
      controller.enqueue(part.slice())
    },
  })
  const source = gather(upstream)
  await settle()
  await settle()
  expect(pulled * part.length).toBeGreaterThan(250_000)
  // The limit, a drain and what is on its way between the streams.
  expect(pulled * part.length).toBeLessThan(262_144 + 16_384 + 300_000)
  let bytes = 0
  for (;;) {
    const read = await source.read(new Uint8Array(65_536))
    if (read.done) break
    bytes += read.value.length
  }
  expect(bytes).toBe(total * part.length)
})

test('what is released goes on where the last read ended', async () => {
  const { upstream, say, finish } = xai()
  const source = gather(upstream)
  say('one')
  const first = await source.read(new Uint8Array(100))
  expect(new TextDecoder().decode(first.value)).toBe('one')
  say('two')
  const rest = source.release().pipeThrough(new TextDecoderStream()).getReader()
  say('three')
  finish()
  let text = ''
  for (let read = await rest.read(); !read.done; read = await rest.read()) text += read.value
  expect(text).toBe('twothree')
})

test(
  'through the Worker: a header or the account has every event at once',
  { timeout: 40_000 },
  async () => {
    vi.useRealTimers()
    const [account, hurried] = [await makeAccount(), await makeAccount()]
    const form = { name: 'Hurried', currency: 'USD', keepAlive: 'on', lowLatency: 'on' }
    const headers = { cookie: hurried.cookie }
    const body = new URLSearchParams(form)
    await fetchWorker('/settings/account', { method: 'POST', headers, body })
    const page = await (await fetchWorker('/settings', { headers })).text()
    expect(page).toMatch(/<input[^>]*name="lowLatency"[^>]*checked/)
    const sent = [...Array<string>(60).fill(word), END]
    const reply = stream(sent, { gapMs: 20 })
    const asked = { ...CHAT, stream: true }
    const low = { 'x-metrion-latency': 'low' }
    const answers = await Promise.all([
      chat(account, { reply, body: asked }),
      chat(account, { reply, body: asked, headers: low }),
      chat(hurried, { reply, body: asked }),
    ])
    const seen = await Promise.all(
      answers.map(async ({ body: passing }) => {
        const parts: string[] = []
        for await (const part of passing!.pipeThrough(new TextDecoderStream())) parts.push(part)
        expect(parts.join('')).toBe(sent.join('').replace(usage, ''))
        return parts.length
      }),
    )
    const [together = 0, ...atOnce] = seen
    for (const parts of atOnce) expect(parts).toBeGreaterThan(together * 2)
    for (const answer of answers)
      expect(await rowOf(account, answer).catch(() => rowOf(hurried, answer))).toMatchObject({
        outcome: 'complete',
        costTicks: 739_000,
      })
  },
)
