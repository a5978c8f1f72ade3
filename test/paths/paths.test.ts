import type { ServerResponse } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, expect, test } from 'vitest'
import type { LedgerEntry } from '../../src/ledger/entry.ts'
import { treeMb } from '../bench/cpu.ts'
import { PLAIN, STREAM_CHUNKS, STREAM_USAGE } from '../xai/recordings.ts'
import { events } from '../xai/reply.ts'
import { PATHS, receive, startWorld, type World } from './world.ts'

const world = await startWorld()
afterAll(() => world.close())

// As bytes, a character each.
const bytesOf = (text: string): string => Buffer.from(text).toString('latin1')
const usage = bytesOf(events([STREAM_USAGE])[0]!)
const whole = bytesOf(events([...STREAM_CHUNKS, STREAM_USAGE, '[DONE]']).join(''))
const first = bytesOf(events(STREAM_CHUNKS)[0]!)
/** So many that a stream gathers. */
const lead = first.repeat(6)
const plain = bytesOf(JSON.stringify(PLAIN))

const STREAM = { 'content-type': 'text/event-stream' }
const JSON_HEADERS = { 'content-type': 'application/json', 'content-length': plain.length }

/** All that was asked of xAI so far has its row. */
async function rowsOf(from: World, count: number): Promise<LedgerEntry[]> {
  for (let attempt = 0; attempt < 100; attempt++) {
    const { entries } = await from.calls()
    if (entries.length >= count) return entries
    await sleep(50)
  }
  throw new Error(`fewer than ${count} rows`)
}
const rowsBefore = async (): Promise<number> => (await world.calls()).entries.length

test('nothing is asked of KV or D1 on a warm isolate before xAI is; on a cold one, KV once', async () => {
  const fresh = await startWorld()
  try {
    const seen: [kvReads: number, statements: number][] = []
    for (let turn = 0; turn < 3; turn++) {
      const response = await fresh.ask({}, async (reply) => {
        const { kvReads, statements, batches } = await fresh.calls()
        seen.push([kvReads.filter((key) => key.startsWith('token:')).length, statements])
        expect(batches).toBe(turn)
        reply.writeHead(200, JSON_HEADERS).end(plain, 'latin1')
      })
      expect((await receive(response)).text).toBe(plain)
      await rowsOf(fresh, turn + 1)
    }
    expect(seen).toEqual([
      [1, 0],
      [1, 0],
      [1, 0],
    ])
  } finally {
    await fresh.close()
  }
})

test.each(PATHS)(
  '$path: cut anywhere, what has come is with the caller, whose connection breaks; one row each',
  { timeout: 60_000 },
  async ({ body, headers, hides }) => {
    const before = await rowsBefore()
    const positions = Array.from({ length: Math.ceil(whole.length / 11) }, (_, index) => index * 11)
    const cut = async (at: number): Promise<void> => {
      const response = await world.ask(
        body,
        async (reply) => {
          reply.writeHead(200, STREAM).flushHeaders()
          // The first events by themselves, so that the rest comes by the path that they have chosen.
          for (const part of [lead, whole.slice(0, at)]) {
            if (part !== '') reply.write(part, 'latin1')
            await sleep(20)
          }
          reply.destroy()
        },
        headers,
      )
      const { text, whole: isWhole } = await receive(response)
      const seen = lead + (hides ? withoutUsage(whole.slice(0, at)) : whole.slice(0, at))
      // Where events wait for their end, the beginning of one may be lost with the connection.
      const least = hides ? /^(?:[^]*\n\n)?/.exec(seen)?.[0] : seen
      expect({ at, isWhole, text: text.slice(0, least?.length) }).toEqual({
        at,
        isWhole: false,
        text: least,
      })
      expect(seen.startsWith(text)).toBe(true)
    }
    for (let done = 0; done < positions.length; done += 16)
      await Promise.all(positions.slice(done, done + 16).map(cut))
    const rows = (await rowsOf(world, before + positions.length)).slice(before)
    expect(rows).toHaveLength(positions.length)
    expect(new Set(rows.map(({ id }) => id)).size).toBe(positions.length)
    expect(new Set(rows.map(({ outcome }) => outcome))).toEqual(new Set(['upstream_cut']))
  },
)

/** The usage-only event is hidden as soon as it is one, even where its blank line is missing. */
function withoutUsage(text: string): string {
  const from = text.indexOf(usage.trimEnd())
  return from < 0 ? text : text.slice(0, from) + text.slice(from + usage.length)
}

test('gathered: cut anywhere, the caller is told so by a 502 that its SDK tries again', async () => {
  const before = await rowsBefore()
  const positions = [0, 1, Math.floor(plain.length / 2), plain.length - 1]
  for (const at of positions) {
    const response = await world.ask({}, async (reply) => {
      reply.writeHead(200, { ...JSON_HEADERS, 'x-request-id': 'up-1' })
      reply.flushHeaders()
      if (at > 0) reply.write(plain.slice(0, at), 'latin1')
      await sleep(20)
      reply.destroy()
    })
    expect(response.statusCode).toBe(502)
    expect(response.headers['x-should-retry']).toBeUndefined()
    expect((await receive(response)).text).toContain('upstream_broke_off')
  }
  for (const row of (await rowsOf(world, before + positions.length)).slice(before)) {
    expect(row).toMatchObject({ status: 502, outcome: 'upstream_cut', upstreamRequestId: 'up-1' })
  }
})

test.each(PATHS)(
  '$path: a caller that leaves between two events ends the call to xAI; one row',
  async ({ body, headers }) => {
    const before = await rowsBefore()
    const { promise: hungUp, resolve } = Promise.withResolvers<void>()
    const response = await world.ask(
      body,
      async (reply) => {
        reply.writeHead(200, STREAM).on('close', resolve)
        while (!reply.destroyed) {
          reply.write(first, 'latin1')
          await sleep(10)
        }
      },
      headers,
    )
    let seen = 0
    response.on('error', () => {})
    response.on('data', (part: Buffer) => {
      seen += part.length
      if (seen > 12 * first.length) response.destroy()
    })
    await hungUp
    const row = (await rowsOf(world, before + 1))[before]
    expect(row).toMatchObject({ status: 200, outcome: 'client_gone', costBasis: 'estimated' })
    expect(row?.outputTokens).toBeGreaterThanOrEqual(10)
  },
)

const MB = 1_000_000
const FAT_BYTES = 4_000
const fat = bytesOf(
  events([
    { ...STREAM_CHUNKS[0], choices: [{ index: 0, delta: { content: 'x'.repeat(FAT_BYTES) } }] },
  ])[0]!,
)

/** As fast as they are taken. */
async function sendMany(reply: ServerResponse, event: string, count: number): Promise<void> {
  for (let sent = 0; sent < count; sent++) {
    if (!reply.write(event, 'latin1')) await new Promise((resolve) => reply.once('drain', resolve))
  }
}

test.each([
  { path: 'copied', turns: [2, 2.2] },
  { path: 'gathered', turns: [0, 0.35] },
  { path: 'flowing', turns: [0, 0.06] },
])(
  '$path: JavaScript is woken $turns.1 times an event at the most',
  { timeout: 60_000 },
  async ({ path, turns }) => {
    const { body, headers } = PATHS.find((one) => one.path === path)!
    const count = 500
    const before = (await world.calls()).turns
    const response = await world.ask(
      body,
      async (reply) => {
        reply.writeHead(200, STREAM)
        for (let sent = 0; sent < count; sent++) {
          reply.write(first, 'latin1')
          await sleep(8)
        }
        reply.end('data: [DONE]\n\n')
      },
      headers,
    )
    await receive(response)
    const each = ((await world.calls()).turns - before) / count
    expect(each).toBeGreaterThanOrEqual(turns[0]!)
    expect(each).toBeLessThanOrEqual(turns[1]!)
    console.log(`${each.toFixed(3)} turns an event`)
  },
)

test.each(PATHS)(
  '$path: what came right before a cut is with the caller, and metered',
  async ({ body, headers }) => {
    const before = await rowsBefore()
    const count = 2_500
    const response = await world.ask(
      body,
      async (reply) => {
        reply.writeHead(200, STREAM)
        await sendMany(reply, fat, count)
        reply.socket?.end()
      },
      headers,
    )
    const { text, whole: isWhole } = await receive(response)
    expect({ isWhole, bytes: text.length }).toEqual({ isWhole: false, bytes: count * fat.length })
    const [row] = (await rowsOf(world, before + 1)).slice(before)
    // Of a delta longer than a token could be, four bytes are one.
    expect(row).toMatchObject({ outcome: 'upstream_cut', outputTokens: count * (FAT_BYTES / 4) })
  },
)

test.each(PATHS)(
  '$path: a caller that reads slowly holds xAI back, and gets every byte',
  { timeout: 60_000 },
  async ({ body, headers }) => {
    const count = 24_000
    let sent = 0
    const response = await world.ask(
      body,
      async (reply) => {
        reply.writeHead(200, STREAM)
        for (; sent < count; sent += 10) await sendMany(reply, fat, 10)
        reply.end('data: [DONE]\n\n')
      },
      headers,
    )
    response.pause()
    await sleep(2_000)
    const ahead = (sent * fat.length) / MB
    console.log(
      `${ahead.toFixed(0)} of ${((count * fat.length) / MB).toFixed(0)} MB left xAI while nobody read`,
    )
    // What both pairs of sockets take of themselves, and what a meter may read ahead.
    expect(ahead).toBeLessThan(40)
    let bytes = 0
    for await (const part of response as AsyncIterable<Buffer>) bytes += part.length
    expect(bytes).toBe(count * fat.length + 'data: [DONE]\n\n'.length)
  },
)

test.each(PATHS)(
  '$path: long streams leave nothing behind while they last',
  { timeout: 180_000 },
  async ({ body, headers }) => {
    const passes = async (rounds: number): Promise<void> => {
      const responses = Array.from({ length: 8 }, () =>
        world.ask(
          body,
          async (reply) => {
            reply.writeHead(200, STREAM)
            for (let sent = 0; sent < rounds; sent++) {
              reply.write(first, 'latin1')
              if (sent % 4 === 0) await new Promise(setImmediate)
            }
            reply.end('data: [DONE]\n\n')
          },
          headers,
        ),
      )
      for (const response of await Promise.all(responses)) {
        let bytes = 0
        let head = ''
        for await (const part of response as AsyncIterable<Buffer>) {
          bytes += part.length
          head ||= part.toString('latin1', 0, 300)
        }
        expect(bytes, head).toBe(rounds * first.length + 'data: [DONE]\n\n'.length)
      }
    }
    // The heap and the sockets have grown to what they need after two.
    await passes(5_000)
    await passes(5_000)
    const before = treeMb(world.pid)
    await passes(20_000)
    console.log(
      `${before.toFixed(0)} MB, and ${treeMb(world.pid).toFixed(0)} MB 160,000 events later`,
    )
    // Eight answers of 5 MB, if they were kept.
    expect(treeMb(world.pid) - before).toBeLessThan(25)
  },
)
