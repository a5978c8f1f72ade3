import { expect, test } from 'vitest'
import { CHAT_MEMBERS, chatMeter, isUsageOnly } from '../../../src/xai/meters/chat.ts'
import { EventTap } from '../../../src/metering/event-tap.ts'
import { PlainTap } from '../../../src/metering/plain-tap.ts'
import type { Tap, TapOptions } from '../../../src/metering/tap.ts'
import type { Meter, Usage } from '../../../src/metering/usage.ts'
import { ERROR_200, ERROR_CHUNK } from '../../xai/errors.ts'
import {
  CUMULATIVE_CHUNKS,
  PLAIN,
  STREAM_CHUNKS,
  STREAM_USAGE,
  TOOL_CHUNKS,
  TOOL_USAGE,
} from '../../xai/recordings.ts'
import { cutAt, events } from '../../xai/reply.ts'

const encoder = new TextEncoder()
const chat: TapOptions = {
  meter: chatMeter,
  members: CHAT_MEMBERS,
  hides: null,
  varying: ['content', 'reasoning_content', 'text'],
}
/** Parses every event. */
const thorough: TapOptions = { ...chat, varying: [] }
const hiding: TapOptions = { ...chat, hides: isUsageOnly }

/** As it is done in the Worker, where the next chunk comes in the same bytes. */
function passOn(tap: Tap, chunk: Uint8Array): Uint8Array[] {
  const read = chunk.slice()
  const sent = tap.push(read).map((part) => part.slice())
  tap.retainCopy()
  read.fill(0)
  return sent
}

function run(tap: Tap, chunks: readonly Uint8Array[]): { text: string; usage: Usage } {
  const out = chunks.flatMap((chunk) => passOn(tap, chunk))
  const whole = new Uint8Array(out.concat(tap.end()).flatMap((part) => Array.from(part)))
  return { text: new TextDecoder().decode(whole), usage: tap.usage }
}

const bytes = (parts: readonly string[]): Uint8Array => encoder.encode(parts.join(''))

/** name → what xAI sends, and what a caller sees who did not ask for usage. */
const STREAMS: Record<string, [sent: string[], hidden: string[]]> = {}
for (const [name, newline] of [
  ['LF', '\n'],
  ['CRLF', '\r\n'],
  ['CR', '\r'],
] as const) {
  const lines = (values: readonly unknown[]): string[] => events(values, newline)
  const head = [`: hello${newline}${newline}`, `event: note${newline}id: 7${newline}`]
  STREAMS[`plain ${name}`] = [
    lines([...STREAM_CHUNKS, STREAM_USAGE, '[DONE]']),
    lines([...STREAM_CHUNKS, '[DONE]']),
  ]
  STREAMS[`tools, comments and fields ${name}`] = [
    [...head, ...lines([...TOOL_CHUNKS, TOOL_USAGE, '[DONE]'])],
    [...head, ...lines([...TOOL_CHUNKS, '[DONE]'])],
  ]
  STREAMS[`no [DONE] ${name}`] = [lines([...STREAM_CHUNKS, STREAM_USAGE]), lines(STREAM_CHUNKS)]
  STREAMS[`cumulative ${name}`] = [
    lines([...CUMULATIVE_CHUNKS, '[DONE]']),
    lines([...CUMULATIVE_CHUNKS, '[DONE]']),
  ]
  STREAMS[`usage with citations ${name}`] = [
    lines([...STREAM_CHUNKS, { ...STREAM_USAGE, citations: ['https://x.ai'] }]),
    lines([...STREAM_CHUNKS, { ...STREAM_USAGE, citations: ['https://x.ai'] }]),
  ]
}
STREAMS['data over several lines'] = [
  [JSON.stringify(STREAM_USAGE, null, 1).replaceAll(/^/gm, 'data: '), '\n\n'],
  [],
]
STREAMS['an error chunk'] = [
  events([...STREAM_CHUNKS.slice(0, 2), ERROR_CHUNK]),
  events([...STREAM_CHUNKS.slice(0, 2), ERROR_CHUNK]),
]
STREAMS['unknown events'] = [
  events([{ what: 'ever' }, 'not json', '', 'null', '[1]', '"s"', STREAM_USAGE]),
  events([{ what: 'ever' }, 'not json', '', 'null', '[1]', '"s"']),
]

test.each(Object.entries(STREAMS))(
  'cut at every byte, %s passes unchanged and is metered the same',
  (_, [sent, hidden]) => {
    const whole = bytes(sent)
    const expected = run(new EventTap(thorough), [whole]).usage
    for (let at = 0; at <= whole.length; at++) {
      const open = run(new EventTap(chat), cutAt(whole, at))
      expect({ at, ...open }).toEqual({ at, text: sent.join(''), usage: expected })
      const closed = run(new EventTap(hiding), cutAt(whole, at))
      expect({ at, ...closed }).toEqual({ at, text: hidden.join(''), usage: expected })
    }
    const single = run(
      new EventTap(hiding),
      Array.from(whole, (byte) => Uint8Array.of(byte)),
    )
    expect(single).toEqual({ text: hidden.join(''), usage: expected })
  },
)

/** Chunks of one answer that differ in a word, and in all else that they may. */
function chunksOfWords(): object[] {
  const base = { id: 'r', object: 'chat.completion.chunk', created: 1, model: 'grok-4.3' }
  const chunk = (delta: object, more: object = {}, choice: object = {}): object => ({
    ...base,
    choices: [{ index: 0, delta, ...choice }],
    ...more,
  })
  const words = [
    'Hi',
    ' there',
    '',
    'Zoë 🚀',
    'a "quote"',
    'a \\\\',
    'tab\t',
    'x'.repeat(32),
    'x'.repeat(33),
  ]
  return [
    ...['Hm', ' well', ' so'].map((word) => chunk({ reasoning_content: word })),
    ...[...words, ...words].map((word) => chunk({ content: word })),
    ...['a', 'b', 'c'].map((word) => chunk({ content: word, reasoning_content: 'two' })),
    ...['a', 'b'].map((word) => chunk({ content: word }, { choices: [] })),
    ...['a', 'b'].map((word) => chunk({ content: word }, { model: 'grok-5' })),
    ...['a', 'b'].map((word) => chunk({ content: word }, { service_tier: 'priority' })),
    ...['a', 'b'].map((word) => chunk({ content: word }, { usage: STREAM_USAGE.usage })),
    ...['"content":"', ':"content', 'content'].map((word) => chunk({ content: word })),
    ...['a', 'b'].map((word) => chunk({ content: word }, { error: 'went wrong' })),
    ...['a', 'b'].map((word) => chunk({ content: word }, {}, { finish_reason: 'stop' })),
    { ...base, choices: [{ index: 0, text: 'a' }] },
    { ...base, choices: [{ index: 0, text: 'b' }] },
    { ...base, choices: ['a', 'b'].map((content, index) => ({ index, delta: { content } })) },
    { ...base, choices: ['c', 'd'].map((content, index) => ({ index, delta: { content } })) },
  ]
}

test('an event that is told by its likeness to another counts as if it were read', () => {
  const chunks = chunksOfWords()
  for (const one of chunks) {
    for (const next of chunks) {
      // After two of a kind the next is told by its likeness, or is not like them.
      const whole = bytes(events([one, one, next, next, one]))
      const { usage } = run(new EventTap(thorough), [whole])
      expect(run(new EventTap(chat), [whole]).usage).toEqual(usage)
    }
  }
  const whole = bytes(events([...chunks, STREAM_USAGE, '[DONE]']))
  expect(run(new EventTap(chat), [whole])).toEqual(run(new EventTap(thorough), [whole]))
})

test('words that follow each other are not parsed', () => {
  let read = 0
  const counting: Meter = (seen, event) => (read++, chatMeter(seen, event))
  const tap = new EventTap({ ...chat, meter: counting })
  const words = Array.from({ length: 100 }, (_, index) => ({
    id: 'r',
    choices: [{ index: 0, delta: { content: `word ${index}` } }],
  }))
  run(tap, [bytes(events(words))])
  expect(tap.usage.deltas).toBe(100)
  // The first says which answer it is, and the second that nothing else changes.
  expect(read).toBe(2)
})

test('comments are no events, however often they come', () => {
  const tap = new EventTap(hiding)
  for (let pings = 0; pings < 8; pings++) passOn(tap, encoder.encode(': ping\n\n'))
  expect(tap.events).toBe(0)
  passOn(tap, encoder.encode(events(STREAM_CHUNKS)[0]))
  expect(tap.events).toBe(1)
})

test('events that are never alike are not compared for ever', () => {
  let read = 0
  const counting: Meter = (seen, event) => (read++, chatMeter(seen, event))
  const tap = new EventTap({ ...chat, meter: counting })
  const numbered = (index: number): object => ({
    id: 'r',
    choices: [{ index: 0, delta: { content: 'a' } }],
    number: index,
  })
  run(tap, [bytes(events(Array.from({ length: 100 }, (_, index) => numbered(index % 7))))])
  run(tap, [bytes(events(Array.from({ length: 10 }, () => numbered(1))))])
  expect(tap.usage.deltas).toBe(110)
  expect(read).toBe(110)
})

test('broken off at any byte, a stream passes up to the cut', () => {
  const [sent, hidden] = STREAMS['plain LF']!
  const usage = events([STREAM_USAGE])[0]!
  const usageFrom = encoder.encode(sent.join('').split(usage)[0]).length
  const whole = bytes(sent)
  for (let length = 0; length < whole.length; length++) {
    const { text } = run(new EventTap(hiding), [whole.subarray(0, length)])
    // Whole but for its blank line, the usage is read, and hidden, all the same.
    const usageTo = usageFrom + usage.length
    const sentBytes = Array.from(whole.subarray(0, length))
    if (length >= usageTo - 2) sentBytes.splice(usageFrom, usage.length)
    expect({ length, text }).toEqual({
      length,
      text: new TextDecoder().decode(Uint8Array.from(sentBytes)),
    })
  }
  expect(hidden.join('')).toBe(sent.join('').replace(usage, ''))
})

test('holds nothing back once its event is whole, and never more than one event', () => {
  const tap = new EventTap(hiding)
  for (const event of events(STREAM_CHUNKS)) {
    expect(tap.push(encoder.encode(event)).map((part) => part.length)).toEqual([
      encoder.encode(event).length,
    ])
  }
  expect(tap.end()).toEqual([])
})

test('reads the recorded streams', () => {
  const plain = run(new EventTap(chat), [bytes(STREAMS['plain LF']![0])]).usage
  expect(plain).toMatchObject({
    responseId: '53ae0d64-4f1a-b4e2-9517-9d20013a1c9c',
    model: 'grok-4-fast-reasoning',
    tokens: { input: 165, cached: 164, output: 131, reasoning: 129 },
    reportedTicks: 739_000,
    deltas: 2,
    finished: true,
    error: null,
  })
  expect(run(new EventTap(chat), [bytes(STREAMS['cumulative LF']![0])]).usage).toMatchObject({
    tokens: { input: 20, output: 3 },
    reportedTicks: null,
    finished: true,
  })
  expect(run(new EventTap(chat), [bytes(STREAMS['an error chunk']![0])]).usage).toMatchObject({
    finished: false,
    deltas: 2,
    error: { code: 'The service is currently unavailable' },
  })
})

test('comments go on at once, even where an event might have to be hidden', () => {
  const tap = new EventTap(hiding)
  const sizes = (text: string): number =>
    tap.push(encoder.encode(text)).reduce((size, part) => size + part.length, 0)
  expect(sizes(': keep-alive\n')).toBe(13)
  expect(sizes(': keep-alive\r\n')).toBe(14)
  expect(sizes('data: {"cho')).toBe(0)
})

test('an error that comes with usage is an error', () => {
  const usage = run(new PlainTap(chat), [
    bytes([JSON.stringify({ error: 'overloaded', usage: STREAM_USAGE.usage })]),
  ]).usage
  expect(usage).toMatchObject({ error: { text: 'overloaded' }, reportedTicks: 739_000 })
})

test('counts a token for each piece of text, reasoning and tool call', () => {
  const deltas = (chunks: readonly object[]): number =>
    run(new EventTap(chat), [bytes(events(chunks))]).usage.deltas
  expect(deltas(TOOL_CHUNKS)).toBe(3)
  expect(deltas([{ choices: [{ delta: {} }, { delta: { content: '' } }] }])).toBe(0)
})

test('a stream is whole at its finish reason, its usage or its [DONE]', () => {
  const finished = (values: readonly unknown[]): boolean =>
    run(new EventTap(chat), [bytes(events(values))]).usage.finished
  expect(finished(STREAM_CHUNKS.slice(0, 2))).toBe(false)
  expect(finished(STREAM_CHUNKS)).toBe(true)
  expect(finished([...STREAM_CHUNKS.slice(0, 2), STREAM_USAGE])).toBe(true)
  expect(finished([...STREAM_CHUNKS.slice(0, 2), '[DONE]'])).toBe(true)
})

test('the last model and the service tier that the answer names count', () => {
  const chunks = [
    { model: 'a', service_tier: 'priority', choices: [] },
    { model: 'b', choices: [] },
  ]
  expect(run(new EventTap(chat), [bytes(events(chunks))]).usage).toMatchObject({
    model: 'b',
    serviceTier: 'priority',
  })
})

test('a cumulative stream that breaks off is not finished', () => {
  expect(
    run(new EventTap(chat), [bytes(events(CUMULATIVE_CHUNKS.slice(0, 2)))]).usage,
  ).toMatchObject({
    tokens: { output: 2 },
    finished: false,
  })
})

test('an event of 5 MB passes without being held and is metered', () => {
  const big = { ...STREAM_USAGE, citations: ['x'.repeat(5_000_000)], choices: [] }
  const whole = bytes(events([big]))
  const tap = new EventTap(hiding)
  let held = 0
  let passed = 0
  for (let at = 0; at < whole.length; at += 4096) {
    const chunk = whole.subarray(at, at + 4096)
    passed += tap.push(chunk).reduce((size, part) => size + part.length, 0)
    held = Math.max(held, at + chunk.length - passed)
  }
  expect(passed).toBe(whole.length)
  expect(held).toBeLessThan(24_000)
  expect(tap.usage).toMatchObject({ reportedTicks: 739_000, model: 'grok-4-fast-reasoning' })
})

test.each([
  ['whole', JSON.stringify({ choices: [], junk: 'x'.repeat(100_000) })],
  ['broken', `{"choices": [], "junk": ${'7'.repeat(100_000)}!}`],
])('what follows an event of 100 KB, %s, is metered and hidden as ever', (_name, big) => {
  const sent = bytes(events([big, ...STREAM_CHUNKS, STREAM_USAGE, '[DONE]']))
  const chunks = Array.from({ length: Math.ceil(sent.length / 997) }, (_, at) =>
    sent.subarray(at * 997, (at + 1) * 997),
  )
  const usual = run(new EventTap(chat), [bytes(events([...STREAM_CHUNKS, STREAM_USAGE, '[DONE]']))])
  const shown = run(new EventTap(chat), chunks)
  expect(shown.text).toBe(new TextDecoder().decode(sent))
  expect(shown.usage).toEqual(usual.usage)
  const hidden = run(new EventTap(hiding), chunks)
  expect(hidden.text).toBe(events([big, ...STREAM_CHUNKS, '[DONE]']).join(''))
  expect(hidden.usage).toEqual(usual.usage)
})

test('a plain answer is metered wherever it is cut', () => {
  const whole = bytes([JSON.stringify(PLAIN)])
  for (let at = 0; at <= whole.length; at += 7) {
    const { text, usage } = run(new PlainTap(chat), cutAt(whole, at))
    expect(text).toBe(JSON.stringify(PLAIN))
    expect(usage).toMatchObject({
      reportedTicks: 1_176_500,
      tokens: { output: 229 },
      finished: true,
    })
  }
})

test('errors are read in every shape', () => {
  const read = (body: unknown): unknown =>
    run(new PlainTap(chat), [bytes([JSON.stringify(body)])]).usage.error
  expect(read(ERROR_200)).toEqual({
    code: 'The service is currently unavailable',
    text: 'Timed out waiting for first token',
  })
  expect(read({ error: { message: 'm', code: 'c' } })).toEqual({ code: 'c', text: 'm' })
  expect(read({ error: 'words' })).toEqual({ code: null, text: 'words' })
  expect(read({ type: 'error', code: null, message: 'words' })).toEqual({
    code: null,
    text: 'words',
  })
  expect(read(PLAIN)).toBeNull()
})

test('a meter that throws lets every byte pass', () => {
  const broken: TapOptions = {
    ...hiding,
    meter: () => {
      throw new Error('a bug')
    },
  }
  const whole = bytes(STREAMS['plain LF']![0])
  const visible = STREAMS['plain LF']!
  for (const at of [0, 1, 100, 400, whole.length - 3]) {
    const tap = new EventTap(broken)
    const { text } = run(tap, cutAt(whole, at))
    expect(text).toBe(visible[0].join(''))
    expect(tap.broken).toBe(true)
  }
})
