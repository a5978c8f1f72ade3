import { env } from 'cloudflare:workers'
import { beforeEach, expect, test, vi } from 'vitest'
import { toDeadLetter } from '../../../src/ledger/dead-letter.ts'
import type { LedgerEntry } from '../../../src/ledger/entry.ts'
import type { LedgerMessage } from '../../../src/ledger/message.ts'
import {
  closeMarks,
  countEntries,
  compactWriters,
  giveUpEntries,
  keepDead,
  writeMessages,
} from '../../../src/ledger/store.ts'
import { Writer } from '../../../src/ledger/writer.ts'
import { CRONS } from '../../../src/ledger/crons.ts'
import { runJobs } from '../../../src/jobs/run.ts'
import { giveUpMissing } from '../../../src/ledger/job.ts'
import { chatInit, envWith, fetchIn, makeAccount } from '../world.ts'
import { seeded } from '../../seeded.ts'
import { all, entry, freshLedger, LOST, messagesOf, START } from './messages.ts'

const MINUTE = 60_000

beforeEach(freshLedger)

const write = (messages: readonly LedgerMessage[], nowMs = START): Promise<void> =>
  writeMessages(env.LEDGER, messages, nowMs)

const lostVersion = (one: LedgerEntry): LedgerEntry => ({ ...one, ...LOST })

test('what is on its way is waiting, and nothing else is', async () => {
  const writer = new Writer('w')
  const messages = messagesOf([entry(), entry(), entry()], 'entry', writer)
  await write(messages.slice(2))
  expect(await countEntries(env.LEDGER)).toMatchObject({ accepted: 3, written: 1, waiting: 2 })
  await write(messages.slice(0, 2))
  await write(messages)
  expect(await countEntries(env.LEDGER)).toMatchObject({ accepted: 3, written: 3, waiting: 0 })
})

test('an isolate says since when it is about to hand something over, and what it has lost', async () => {
  const writer = new Writer('w')
  writer.accept('stuck', START - MINUTE)
  writer.accept('gone', START)
  writer.lose('gone')
  writer.retry()
  await write(messagesOf([entry()], 'entry', writer))
  expect(await countEntries(env.LEDGER)).toMatchObject({
    accepted: 3,
    written: 1,
    waiting: 1,
    lost: 1,
    retried: 1,
    pendingSinceMs: START - MINUTE,
  })
  writer.handedOver('stuck')
  await write(messagesOf([entry()], 'entry', writer))
  expect(await countEntries(env.LEDGER)).toMatchObject({ pendingSinceMs: null })
})

test('a request that never ends becomes a row, and gives way to its own should that come', async () => {
  const real = entry({ requestedModel: 'grok-4.3', model: 'grok-4.3-0309', label: 'ada' })
  const mark = { ...lostVersion(real), model: null }
  const other = entry({ atMs: START + 1 })
  const writer = new Writer('w')
  await write([...messagesOf([mark], 'open', writer), ...messagesOf([other], 'entry', writer)])
  expect(await countEntries(env.LEDGER)).toMatchObject({
    accepted: 1,
    written: 1,
    open: 1,
    openSinceMs: START,
  })

  expect(await closeMarks(env.LEDGER, START, START + MINUTE, 500)).toBe(0)
  expect(await closeMarks(env.LEDGER, START + 1, START + MINUTE, 500)).toBe(1)
  expect(await closeMarks(env.LEDGER, START + 1, START + MINUTE, 500)).toBe(0)
  expect(await countEntries(env.LEDGER)).toMatchObject({
    accepted: 2,
    written: 2,
    waiting: 0,
    open: 0,
  })
  expect(await all('requests')).toMatchObject([{ outcome: 'lost', cost_basis: 'unknown' }, {}])
  // Both are in one hour's sums; what is lost has no times.
  expect(await all('rollups')).toMatchObject([
    {
      requests: 2,
      failed: 1,
      unknown_costs: 1,
      first_byte_histogram: '{"55":1}',
      total_histogram: '{"76":1}',
    },
  ])

  const late = messagesOf([real], 'entry', writer)
  await write(late)
  await write(late)
  expect(await countEntries(env.LEDGER)).toMatchObject({ accepted: 2, written: 2, waiting: 0 })
  const expected = [await all('requests'), await all('rollups')]
  await freshLedger()
  await write(messagesOf([real, other]))
  expect([await all('requests'), await all('rollups')]).toEqual(expected)
})

test('a mark that comes after its row marks nothing, nor does a repeated one', async () => {
  const one = entry()
  await write(messagesOf([one]))
  await write(messagesOf([lostVersion(one)], 'open'))
  expect(await all('open_requests')).toEqual([])
  const two = entry()
  const marks = messagesOf([lostVersion(two)], 'open')
  await write([...marks, ...marks])
  await write(marks)
  await write(messagesOf([two]).map((message) => ({ ...message, marked: true })))
  expect(await all('open_requests')).toEqual([])
})

test('what is dead is counted so, unless its row came by another way', async () => {
  const [good, bad] = messagesOf([entry(), entry()])
  await write([good!])
  const letters = [good!, bad!].map((message) => toDeadLetter('q', message, 'too sour'))
  await keepDead(env.LEDGER, letters, START)
  await keepDead(env.LEDGER, letters, START)
  await keepDead(env.LEDGER, [toDeadLetter('q1', { garbage: true }, 'no message')], START)
  expect(await all('dead_letters')).toMatchObject(
    [
      { id: bad!.entry.id, reason: 'too sour' },
      { id: 'q1', writer_id: null },
    ].toSorted((a, b) => a.id.localeCompare(b.id)),
  )
  expect(await countEntries(env.LEDGER)).toMatchObject({
    accepted: 2,
    written: 1,
    dead: 1,
    waiting: 0,
  })
})

test('isolates not heard of for long are added up, and change no number', async () => {
  const day = 86_400_000
  for (const at of [0, 1, 10]) await write(messagesOf([entry(), entry()]), START + at * day)
  const mark = lostVersion(entry())
  await write(messagesOf([mark], 'open'), START + 10 * day)
  await closeMarks(env.LEDGER, START + 1, START, 500)
  const before = await countEntries(env.LEDGER)
  await compactWriters(env.LEDGER, START + 11 * day)
  await compactWriters(env.LEDGER, START + 11 * day)
  expect(await countEntries(env.LEDGER)).toEqual({
    ...before,
    sizeBytes: expect.any(Number) as number,
  })
  const ids = (await all('writers')).map((row) => String(row['id']))
  expect(ids.filter((id) => id.length < 36).toSorted()).toEqual(['marks', 'past'])
  expect(ids).toHaveLength(4)
  await compactWriters(env.LEDGER, START + 30 * day)
  expect(await countEntries(env.LEDGER)).toMatchObject({ accepted: 7, written: 7, waiting: 0 })
})

test('what an isolate accepted and never handed over is lost in the end, not waiting for ever', async () => {
  const writer = new Writer('died')
  const [stuck, written, buried] = messagesOf([entry(), entry(), entry()], 'entry', writer)
  await write([written!])
  await keepDead(env.LEDGER, [toDeadLetter('q', buried, 'too sour')], START)
  expect(await countEntries(env.LEDGER)).toMatchObject({
    accepted: 3,
    written: 1,
    waiting: 1,
    dead: 1,
  })
  await compactWriters(env.LEDGER, START + 10 * 86_400_000)
  expect(await countEntries(env.LEDGER)).toMatchObject({
    accepted: 3,
    written: 1,
    waiting: 0,
    dead: 1,
    lost: 1,
  })
  expect(stuck).toBeDefined()
})

test('a letter that is dead counts as dead although its request was given up before', async () => {
  const [message] = messagesOf([entry()])
  await write(messagesOf([{ ...message!.entry, outcome: 'lost', costBasis: 'unknown' }], 'open'))
  await closeMarks(env.LEDGER, START + 1, START, 500)
  await keepDead(env.LEDGER, [toDeadLetter('q', message, 'too sour')], START)
  expect(await all('dead_letters')).toHaveLength(1)
})

test('whatever is repeated, reordered or split, rows, sums and counts come out the same', async () => {
  const random = seeded(20_261_124)
  const pick = (below: number): number => Math.floor(random() * below)
  const isolates = ['a', 'b', 'c'].map((id) => new Writer(id))
  const entries = Array.from({ length: 60 }, (_, index) =>
    entry({ atMs: START + index * 240_000, costTicks: index, label: index % 3 ? 'ada' : null }),
  )
  const messages = entries.flatMap((one, index) => {
    const writer = isolates[index % 3]!
    const marked = index % 4 === 0
    const open = marked ? messagesOf([{ ...lostVersion(one), model: null }], 'open', writer) : []
    const own = messagesOf([one], 'entry', writer).map((message) => ({ ...message, marked }))
    // A mark of an isolate that died: its own row never comes.
    return index % 20 === 8 ? open : [...open, ...own]
  })
  let expected: unknown = null
  for (let round = 0; round < 8; round++) {
    await freshLedger()
    const queue = [...messages, ...messages.filter(() => random() < 0.5)]
    for (let at = queue.length - 1; at > 0; at--) {
      const other = pick(at + 1)
      ;[queue[at], queue[other]] = [queue[other]!, queue[at]!]
    }
    while (queue.length > 0) {
      await write(queue.splice(0, 1 + pick(20)))
      if (random() < 0.2) await closeMarks(env.LEDGER, START + pick(60) * 240_000, START, 500)
      const counts = await countEntries(env.LEDGER)
      expect(counts.written).toBe((await all('requests')).length)
    }
    await closeMarks(env.LEDGER, START + 100 * 240_000, START, 500)
    // How many the isolates accepted is known for certain only from their last words.
    const counts = await countEntries(env.LEDGER)
    expect(counts).toMatchObject({ written: 60, dead: 0, lost: 0, open: 0 })
    const now = [await all('requests'), await all('rollups'), counts.waiting]
    expected ??= now
    expect(now).toEqual(expected)
  }
})

const HOUR_LATER = START + 3_700_000

test('what was accepted and is nowhere under way is lost within the hour, and found where it comes after all', async () => {
  const writer = new Writer('died')
  const [stuck, written] = messagesOf([entry(), entry()], 'entry', writer)
  await write([written!])
  expect(await countEntries(env.LEDGER)).toMatchObject({ accepted: 2, waiting: 1, lost: 0 })
  expect(await giveUpEntries(env.LEDGER, START + MINUTE)).toBe(0)
  expect(await giveUpEntries(env.LEDGER, HOUR_LATER)).toBe(1)
  const given = await countEntries(env.LEDGER)
  expect(given).toMatchObject({
    accepted: 2,
    written: 1,
    waiting: 0,
    lost: 1,
    pendingSinceMs: null,
  })
  expect(await giveUpEntries(env.LEDGER, HOUR_LATER)).toBe(0)
  await write([stuck!], HOUR_LATER)
  expect(await countEntries(env.LEDGER)).toMatchObject({
    accepted: 2,
    written: 2,
    waiting: 0,
    lost: 0,
  })
  // Those who are added up with others have lost what is missing, once.
  await write(messagesOf([entry(), entry()], 'entry', new Writer('other')).slice(1))
  await giveUpEntries(env.LEDGER, START + 9 * HOUR_LATER)
  await compactWriters(env.LEDGER, START + 300 * 86_400_000)
  expect(await countEntries(env.LEDGER)).toMatchObject({
    accepted: 4,
    written: 3,
    waiting: 0,
    lost: 1,
  })
})

test('an entry that the queue has lost is missed: it waits, then it is lost', async () => {
  const account = await makeAccount()
  vi.spyOn(console, 'error').mockImplementation(() => {})
  const swallowing = {
    send: async () => {},
    metrics: async () => ({ backlogCount: 0, backlogBytes: 0 }),
  } as unknown as Queue<LedgerMessage>
  const broken = envWith({ LEDGER_SINK: 'queue', LEDGER_QUEUE: swallowing })
  // Another isolate, of which nobody has heard.
  const nowMs = Date.now()
  vi.useFakeTimers({ now: nowMs + 2 * 86_400_000, toFake: ['Date'] })
  const answered = await fetchIn(
    broken,
    '/api/proxy/grok/v1/chat/completions',
    chatInit(account.token),
  )
  vi.useRealTimers()
  expect(answered.status).toBe(200)
  expect(await countEntries(env.LEDGER)).toMatchObject({ accepted: 1, written: 0, waiting: 1 })
  await runJobs(CRONS.hourly, broken, nowMs + 3 * 86_400_000)
  expect(await countEntries(env.LEDGER)).toMatchObject({
    accepted: 1,
    written: 0,
    waiting: 0,
    lost: 1,
  })
  vi.restoreAllMocks()
})

test('as long as something is under way, nothing is given up', async () => {
  const writer = new Writer('busy')
  await write(messagesOf([entry(), entry()], 'entry', writer).slice(1))
  const waits = { metrics: async () => ({ backlogCount: 3 }) } as unknown as Queue<LedgerMessage>
  const unknown = {
    metrics: async () => {
      throw new Error('not here')
    },
  } as unknown as Queue<LedgerMessage>
  for (const LEDGER_QUEUE of [waits, unknown])
    await giveUpMissing(envWith({ LEDGER_QUEUE }), HOUR_LATER)
  await env.TOKENS.put('unwritten:entry:x', '{}')
  const empty = { metrics: async () => ({ backlogCount: 0 }) } as unknown as Queue<LedgerMessage>
  await giveUpMissing(envWith({ LEDGER_QUEUE: empty }), HOUR_LATER)
  expect(await countEntries(env.LEDGER)).toMatchObject({ waiting: 1, lost: 0 })
  await env.TOKENS.delete('unwritten:entry:x')
  await giveUpMissing(envWith({ LEDGER_QUEUE: empty }), HOUR_LATER)
  expect(await countEntries(env.LEDGER)).toMatchObject({ waiting: 0, lost: 1 })
})
