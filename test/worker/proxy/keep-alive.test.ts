import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { EventTap } from '../../../src/metering/event-tap.ts'
import { chatMeter } from '../../../src/xai/meters/chat.ts'
import { PlainTap } from '../../../src/metering/plain-tap.ts'
import type { Meter } from '../../../src/metering/usage.ts'
import { relay } from '../../../src/proxy/relay/relay.ts'
import { STREAM_CHUNKS, STREAM_USAGE } from '../../xai/recordings.ts'
import { events, json, stream } from '../../xai/reply.ts'
import { PLAIN } from '../../xai/recordings.ts'
import { api, chat, CHAT, fetchWorker, makeAccount, rowOf } from '../world.ts'

const COMMENT = ': keep-alive\n\n'
const utf8 = new TextEncoder()

beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date'] }))
afterEach(() => void vi.useRealTimers())

/** A relay whose xAI says what it is told to, and what the caller has heard so far. */
function relayed(hides: boolean, tap?: PlainTap, meter: Meter = (seen) => seen) {
  const gone = new AbortController()
  let say!: (text: string) => void
  let finish!: () => void
  const upstream = new ReadableStream({
    type: 'bytes',
    start: (controller: ReadableByteStreamController) => {
      say = (text) => controller.enqueue(utf8.encode(text))
      finish = () => controller.close()
    },
  })
  const options = { meter, members: new Set<string>() }
  const events = new EventTap({ ...options, hides: hides ? () => false : null })
  const { body, ended } = relay(upstream, tap ?? events, {
    lengthBytes: null,
    stopper: null,
    gone: gone.signal,
    keepsAlive: true,
    showsAll: !hides && !tap,
    gathersFor: null,
    onFirstByte: () => {},
  })
  let heard = ''
  const reader = body.pipeThrough(new TextDecoderStream()).getReader()
  const listening = (async () => {
    for (;;) {
      const { done, value } = await reader.read()
      if (done) return
      heard += value
    }
  })()
  return {
    say,
    finish: async () => {
      finish()
      await Promise.all([listening, ended])
    },
    hangUp: () => reader.cancel(),
    /** Lets time pass, and what is under way arrive. */
    after: async (ms: number) => {
      await vi.advanceTimersByTimeAsync(ms)
      for (let turn = 0; turn < 20; turn++) await scheduler.wait(1)
      return heard
    },
  }
}

test.each([true, false])(
  'a silent stream gets a comment every 15 s (events held: %s)',
  async (hides) => {
    const { say, after, finish } = relayed(hides)
    say('data: 1\n\n')
    expect(await after(14_000)).toBe('data: 1\n\n')
    expect(await after(1_500)).toBe(`data: 1\n\n${COMMENT}`)
    expect(await after(15_000)).toBe(`data: 1\n\n${COMMENT}${COMMENT}`)
    say('data: 2\n\n')
    expect(await after(14_000)).toBe(`data: 1\n\n${COMMENT}${COMMENT}data: 2\n\n`)
    await finish()
    expect(await after(60_000)).toBe(`data: 1\n\n${COMMENT}${COMMENT}data: 2\n\n`)
  },
)

test('before the first byte there may be one, too: the headers are out', async () => {
  const { after, finish } = relayed(true)
  expect(await after(15_000)).toBe(COMMENT)
  await finish()
})

test('until its own words have begun: reasoning is none of them, and after them nothing is put in', async () => {
  const delta = (text: object): string => events([{ choices: [{ index: 0, delta: text }] }])[0]!
  const { say, after, finish } = relayed(false, undefined, chatMeter)
  const thought = delta({ reasoning_content: 'Hm' })
  say(thought)
  expect(await after(16_000)).toBe(thought + COMMENT)
  const word = delta({ content: 'Yes' })
  say(word)
  expect(await after(60_000)).toBe(thought + COMMENT + word)
  say(word)
  expect(await after(1_000)).toBe(thought + COMMENT + word + word)
  await finish()
})

test('a comment never stands inside an event that is passing', async () => {
  const { say, after, finish } = relayed(false)
  say('data: {"half')
  expect(await after(40_000)).toBe('data: {"half')
  say('":1}\n\n')
  expect(await after(16_000)).toBe(`data: {"half":1}\n\n${COMMENT}`)
  await finish()
})

test('where an unfinished event is held back, a comment stands before it', async () => {
  const { say, after, finish } = relayed(true)
  say('data: 1\n\ndata: {"half')
  expect(await after(16_000)).toBe(`data: 1\n\n${COMMENT}`)
  say('":1}\n\n')
  expect(await after(1_000)).toBe(`data: 1\n\n${COMMENT}data: {"half":1}\n\n`)
  await finish()
})

test('an event too large to be held is not cut into', async () => {
  const { say, after, finish } = relayed(true)
  const half = `data: "${'x'.repeat(20_000)}`
  say(half)
  expect(await after(40_000)).toBe(half)
  say('"\n\n')
  expect(await after(1_000)).toBe(`${half}"\n\n`)
  await finish()
})

test('a plain answer gets nothing', async () => {
  const tap = new PlainTap({ meter: (seen) => seen, members: new Set(), hides: null })
  const { say, after, finish } = relayed(false, tap)
  say('{"a":')
  expect(await after(60_000)).toBe('{"a":')
  await finish()
})

test(
  'through the Worker: on by default, off by header and by setting, never into JSON',
  { timeout: 40_000 },
  async () => {
    vi.useRealTimers()
    const [account, quiet] = [await makeAccount(), await makeAccount()]
    const settings = new URLSearchParams({ name: 'Quiet', currency: 'USD' })
    const headers = { cookie: quiet.cookie }
    await fetchWorker('/settings/account', { method: 'POST', headers, body: settings })
    const role = { choices: [{ index: 0, delta: { role: 'assistant', content: '' } }] }
    const [first, ...rest] = events([role, ...STREAM_CHUNKS, STREAM_USAGE, '[DONE]'])
    const silent = stream([first!, rest.join('')], { gapMs: 16_000 })
    const slow = { ...json(PLAIN), delayMs: 16_000 }
    const body = { ...CHAT, stream: true, stream_options: { include_usage: true } }
    const off = { 'x-metrion-keep-alive': 'off' }
    const answers = await Promise.all([
      chat(account, { reply: silent, body }),
      chat(account, { reply: silent, body, headers: off }),
      chat(quiet, { reply: silent, body }),
      chat(account, { reply: slow }),
    ])
    const whole = [first!, rest.join('')]
    expect(await Promise.all(answers.map((answer) => answer.text()))).toEqual([
      whole.join(COMMENT),
      whole.join(''),
      whole.join(''),
      JSON.stringify(PLAIN),
    ])
    expect(await rowOf(account, answers[0])).toMatchObject({
      costBasis: 'reported',
      outcome: 'complete',
    })
    expect((await api(quiet, 'GET', '/requests')).status).toBe(200)
  },
)
