import { runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { expect, test } from 'vitest'
import type { Env } from '../../../src/env.ts'
import { Book } from '../../../src/spend/lease/book.ts'
import { AccountSpend } from '../../../src/spend/object/account-store.ts'
import { RateLimits } from '../../../src/spend/object/rates.ts'
import type { Sync, Want } from '../../../src/spend/protocol.ts'
import { envWith } from '../world.ts'

const NO_RATES = { requestsPerMinute: null, tokensPerMinute: null, concurrent: null }
const NOW = 1_000_000

test('requests that ask at once lose nothing of a rate', () => {
  const book = new Book()
  const object = new RateLimits()
  const rates = { ...NO_RATES, requestsPerMinute: 100 }
  const ask = (rateLeft: number, share: number) => {
    object.giveBack('t', rateLeft, NOW)
    if (object.refusalOf('t', rates, NOW)) return false
    const left = object.admit('t', 'i', rates, share, NOW)
    return () => book.grantRates('t', left, object.statesOf('t', rates, NOW, left), NOW)
  }
  const take = (): [number, number] => {
    book.count()
    return [book.takeRates('t', NOW), book.share()]
  }
  // All have asked before the first answer comes.
  const asked = Array.from({ length: 20 }, take)
  const answers = asked.map((one) => ask(...one))
  for (const answer of answers) if (answer) answer()
  let passed = answers.filter(Boolean).length
  for (;;) {
    if (book.rates.mayPass('t', NOW)) book.rates.pass('t')
    else {
      const answer = ask(...take())
      if (!answer) break
      answer()
    }
    passed++
  }
  expect(passed).toBe(100)
})

test('a beat that waits while its request ends keeps no slot', () => {
  const book = new Book()
  const object = new RateLimits()
  const rates = { ...NO_RATES, concurrent: 5 }
  object.admit('t', 'i', rates, 0, NOW)
  book.beginsRunning('t')
  book.beats([], 't')
  book.endsRunning('t')
  for (const { changes } of book.outbox.report())
    for (const change of changes) object.apply('i', change, NOW)
  expect(object.statesOf('t', rates, NOW)[0]?.remaining).toBe(5)
})

test('a beat tells an object that was gone how many are running', () => {
  const book = new Book()
  const rates = { ...NO_RATES, concurrent: 5 }
  book.beginsRunning('t')
  book.beginsRunning('t')
  book.beats([], 't')
  const fresh = new RateLimits()
  for (const { changes } of book.outbox.report())
    for (const change of changes) fresh.apply('i', change, NOW)
  expect(fresh.statesOf('t', rates, NOW)[0]?.remaining).toBe(3)
})

test('isolates whose KV still has a deleted budget wait for one reading, not for one each', async () => {
  const amounts = { cost: 1, tokens: 1, requests: 1 }
  const want: Want = {
    tokenId: 't',
    requester: '',
    model: '',
    endpoint: 'x',
    atMs: NOW,
    isBilled: true,
    expected: amounts,
    worst: amounts,
    stopping: null,
    isExact: false,
    rates: NO_RATES,
    rateLeft: 0,
    share: 0,
    known: { gone: 5 },
  }
  const reads = await runInDurableObject(env.SPEND.getByName('late'), async (_, state) => {
    let count = 0
    const first = async () => {
      count++
      await scheduler.wait(20)
      return { zone: null, budgets: '[]' }
    }
    const DB = { prepare: () => ({ bind: () => ({ first }) }) } as unknown as Env['DB']
    const spend = new AccountSpend(envWith({ DB }), state, 'late')
    const about = { accountId: 'late', isolate: 'i', nowMs: NOW, reports: [], renews: [] }
    const sync = (index: number): Sync => ({ ...about, id: `s${index}`, want, growth: null })
    await Promise.all(Array.from({ length: 100 }, (__, index) => spend.sync(sync(index))))
    await spend.sync(sync(100))
    return count
  })
  expect(reads).toBeLessThanOrEqual(3)
})

test('what needs nothing asks the object where nothing is free', () => {
  const book = new Book()
  const grant = {
    line: 'l',
    meter: 'requests' as const,
    reserved: 1,
    free: 0,
    excessRatio: 0,
    excess: 0,
    isRequest: true,
    stops: false,
    changedAtMs: 1,
    isLow: true,
  }
  book.grant([grant], NOW)
  const need = { line: 'l', meter: 'requests' as const, amount: 0, excess: 0, stops: false }
  expect(book.admit([{ ...need, changedAtMs: 1 }], NOW)).toBeNull()
})
