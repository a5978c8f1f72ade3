import { env } from 'cloudflare:workers'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { counted, LIMITS, type Cost } from '../../../src/jobs/budget.ts'
import { CRONS } from '../../../src/ledger/crons.ts'
import { JOBS } from '../../../src/jobs/jobs.ts'
import { readLeftOut } from '../../../src/jobs/left-out.ts'
import { runJobs } from '../../../src/jobs/run.ts'
import { freshLedger } from '../ledger/messages.ts'
import { envWith } from '../world.ts'
import { backlog, free, later, playXai, waits } from './backlog.ts'

beforeEach(freshLedger)
afterEach(() => void vi.restoreAllMocks())

test(
  'a full backlog on the Free plan is worked off within what each run may ask',
  { timeout: 120_000 },
  async () => {
    vi.spyOn(console, 'warn').mockImplementation(() => {})
    await backlog()
    const before = await waits()
    for (const [name, count] of Object.entries(before))
      expect({ name, waits: count > 0 }).toEqual({ name, waits: true })
    const xai = playXai()
    const leftOut: Record<string, number> = {}
    let runs = 0
    for (; runs < 60; runs++) {
      const used: Cost = { queries: 0, calls: 0 }
      xai.calls = 0
      await runJobs(CRONS.often, counted(free(), used), later + runs * 1_000)
      await runJobs(CRONS.hourly, free(), later + runs * 1_000)
      expect(used.queries).toBeLessThanOrEqual(LIMITS.free.queries)
      expect(used.calls + xai.calls).toBeLessThanOrEqual(LIMITS.free.calls)
      const now = Object.keys(await readLeftOut(env.LEDGER, CRONS.often))
      for (const name of Object.keys(JOBS[CRONS.often]!))
        leftOut[name] = now.includes(name) ? (leftOut[name] ?? 0) + 1 : 0
      // Whoever had no turn is among the first in the next run.
      for (const [name, times] of Object.entries(leftOut))
        expect({ name, times: Math.min(times, 4) }).toEqual({ name, times: Math.min(times, 3) })
      if (Object.values(await waits()).every((count) => count === 0)) break
    }
    expect(await waits()).toEqual(Object.fromEntries(Object.keys(before).map((name) => [name, 0])))
    expect(runs).toBeLessThan(60)
    console.log(`${runs + 1} runs`)
  },
)

test('a job that fails holds up no other, and the run says so', async () => {
  const error = vi.spyOn(console, 'error').mockImplementation(() => {})
  await backlog()
  playXai()
  const TOKENS = new Proxy(env.TOKENS, {
    get: (target, member: keyof KVNamespace) =>
      member === 'list'
        ? () => Promise.reject(new Error('KV is down'))
        : (target[member] as () => unknown).bind(target),
  })
  const broken = envWith({ PLAN: 'paid', TOKENS })
  await expect(runJobs(CRONS.often, broken, later)).rejects.toThrow('jobs failed: deliverOutbox')
  expect(error).toHaveBeenCalled()
  expect(await waits()).toMatchObject({ marks: 0, old: 0, tombstones: 0 })
})

test('where a job ends the whole run, those behind it come first in the next', async () => {
  const jobs = JOBS[CRONS.often]!
  const names = Object.keys(jobs)
  const turns: string[] = []
  for (const name of names)
    vi.spyOn(jobs[name]!, 'run').mockImplementation(() => {
      turns.push(name)
      // Its invocation has used up its CPU, say.
      return name === 'pruneLedger' ? new Promise(() => {}) : Promise.resolve(false)
    })
  for (let run = 0; run < names.length + 1; run++)
    await Promise.race([
      runJobs(CRONS.often, free(), later + run * 300_000),
      new Promise((resolve) => setTimeout(resolve, 200)),
    ])
  expect(new Set(turns)).toEqual(new Set(names))
})

test('a turn that hangs is not started again beside itself', async () => {
  vi.spyOn(console, 'error').mockImplementation(() => {})
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date'], now: Date.now() })
  try {
    const jobs = JOBS[CRONS.often]!
    for (const job of Object.values(jobs)) vi.spyOn(job, 'run').mockResolvedValue(false)
    const hanging = vi.spyOn(jobs['pruneLedger']!, 'run').mockReturnValue(new Promise(() => {}))
    const run = runJobs(CRONS.often, envWith({ PLAN: 'paid' }), later).catch(String)
    while (hanging.mock.calls.length === 0) await scheduler.wait(10)
    await vi.advanceTimersByTimeAsync(100_000)
    expect(await run).toContain('jobs failed: pruneLedger')
    expect(hanging).toHaveBeenCalledTimes(1)
  } finally {
    vi.useRealTimers()
  }
})

test('a turn that fails does not end the turns of its job on Paid', async () => {
  vi.spyOn(console, 'error').mockImplementation(() => {})
  await backlog()
  const asked: string[] = []
  vi.spyOn(globalThis, 'fetch').mockImplementation((input) => {
    const { pathname } = new URL(input as string)
    asked.push(pathname)
    if (/b-[01]$/.test(pathname)) return Promise.reject(new Error('no connection'))
    return Promise.resolve(Response.json({ state: { num_requests: 9, num_pending: 9 } }))
  })
  await expect(runJobs(CRONS.often, envWith({ PLAN: 'paid' }), later)).rejects.toThrow(
    'jobs failed: fetchBills',
  )
  expect(new Set(asked.map((path) => path.split('/').at(-1)))).toEqual(
    new Set(['b-0', 'b-1', 'b-2', 'b-3']),
  )
})

test('on Paid, too, a run stays within what it may ask', { timeout: 60_000 }, async () => {
  vi.spyOn(console, 'warn').mockImplementation(() => {})
  await backlog()
  playXai()
  const { run, paidTurn } = JOBS[CRONS.often]!['pruneLedger']!
  const used: Cost = { queries: 0, calls: 0 }
  await run(counted(envWith({ PLAN: 'paid' }), used), later)
  expect(used.queries).toBeLessThanOrEqual(paidTurn!.queries)
  const whole: Cost = { queries: 0, calls: 0 }
  await runJobs(CRONS.often, counted(envWith({ PLAN: 'paid' }), whole), later)
  expect(whole.queries).toBeLessThanOrEqual(LIMITS.paid.queries)
})

test('jobs of a time that there is none of are an error that says where they are', async () => {
  await expect(runJobs('* * * * *', env, later)).rejects.toThrow('src/jobs/jobs.ts')
})
