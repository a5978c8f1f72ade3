import { env } from 'cloudflare:workers'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { keepInOutbox } from '../../../src/ledger/outbox/writer.ts'

// Pauses are over when the test says so.
let waiting: (() => void)[] = []
let prefix = ''
beforeEach(() => {
  waiting = []
  prefix = `test-${crypto.randomUUID()}:`
  vi.spyOn(scheduler, 'wait').mockImplementation(
    () => new Promise((resolve) => waiting.push(() => resolve(undefined))),
  )
})
afterEach(() => void vi.restoreAllMocks())

async function pass(times = 60): Promise<void> {
  for (let time = 0; time < times; time++) {
    for (const wake of waiting.splice(0)) wake()
    await new Promise((resolve) => setTimeout(resolve, 1))
  }
}

const kept = async (): Promise<unknown[][]> => {
  const { keys } = await env.TOKENS.list({ prefix })
  const values = await Promise.all(keys.map(({ name }) => env.TOKENS.get<unknown[]>(name, 'json')))
  return values.map((value) => value ?? [])
}

const parked = (name: string): Promise<void> => keepInOutbox(env, prefix, name, [name])

test('the first is written at once, and those that come in a pause together', async () => {
  await parked('first')
  expect(await kept()).toEqual([['first']])
  const all = Promise.all(Array.from({ length: 50 }, (_, n) => parked(`n${n}`)))
  await pass()
  await all
  const lists = await kept()
  expect(lists).toHaveLength(2)
  expect(new Set(lists.flat()).size).toBe(51)
})

test('where the invocation that was to write has ended, another writes for all', async () => {
  await parked('first')
  // Its pause is never over.
  void parked('dead')
  waiting = []
  const all = Promise.all(Array.from({ length: 30 }, (_, n) => parked(`n${n}`)))
  await pass(80)
  await all
  const lists = await kept()
  expect(lists.length).toBeLessThanOrEqual(3)
  const names = new Set(lists.flat())
  for (let n = 0; n < 30; n++) expect(names.has(`n${n}`)).toBe(true)
  // What the ended one had to keep is kept, too.
  expect(names.has('dead')).toBe(true)
})

test('where the write fails, each of them is told so, and none waits for ever', async () => {
  await parked('first')
  vi.spyOn(env.TOKENS, 'put').mockRejectedValue(new Error('KV PUT failed: 429'))
  const all = Promise.allSettled(Array.from({ length: 5 }, (_, n) => parked(`n${n}`)))
  await pass()
  expect((await all).map(({ status }) => status)).toEqual(Array(5).fill('rejected'))
  // The next begins anew.
  vi.restoreAllMocks()
  expect(await kept()).toEqual([['first']])
})
