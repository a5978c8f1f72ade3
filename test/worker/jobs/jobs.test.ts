import { env } from 'cloudflare:workers'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import type { Env } from '../../../src/env.ts'
import { counted, LIMITS, type Cost } from '../../../src/jobs/budget.ts'
import { CRONS } from '../../../src/ledger/crons.ts'
import { JOBS } from '../../../src/jobs/jobs.ts'
import { readLeftOut } from '../../../src/jobs/left-out.ts'
import { runJobs } from '../../../src/jobs/run.ts'
import { writeMessages } from '../../../src/ledger/store.ts'
import { firstUuid } from '../../../src/http/uuid.ts'
import { pruneLedger } from '../../../src/ledger/retention/job.ts'
import { requestErasure } from '../../../src/ledger/retention/store.ts'
import { DAY_MS, HOUR_MS } from '../../../src/http/time.ts'
import { entry, freshLedger, messagesOf } from '../ledger/messages.ts'
import { untilDone } from '../turns.ts'
import { envWith, makeAccount, memberOf } from '../world.ts'

beforeEach(freshLedger)
afterEach(() => void vi.restoreAllMocks())

const NEW_KEY = `n:${new Uint8Array(32).fill(6).toBase64()}`
const later = Date.now() + 2 * HOUR_MS
const PAGE = { results: [], pagination_token: 'more' }

/** The deployment on the Free plan, with the archive. */
const free = (): Env => envWith({ PLAN: 'free', MASTER_KEYS: `${NEW_KEY},${env.MASTER_KEYS}` })

async function write(entries: Parameters<typeof messagesOf>[0], kind?: 'open'): Promise<void> {
  for (let at = 0; at < entries.length; at += 200)
    await writeMessages(env.LEDGER, messagesOf(entries.slice(at, at + 200), kind), later)
}

const many = <T>(count: number, make: (index: number) => T): T[] =>
  Array.from({ length: count }, (_, index) => make(index))

/** Something to do for every job, and more of it than one run can do. */
async function backlog(): Promise<void> {
  const account = await makeAccount()
  const { accountId } = await memberOf(account)
  const { tokenId } = account
  for (let key = 0; key < 30; key++) {
    const parked = messagesOf(many(3, () => entry({ accountId, atMs: later - 3 * DAY_MS })))
    await env.TOKENS.put(`unwritten:entry:${key}`, JSON.stringify(parked))
    const notes = many(3, (index) => ({ accountId, id: `f-${key}-${index}`, tokenId }))
    await env.TOKENS.put(`unnoted:${key}`, JSON.stringify(notes))
  }
  await write(
    many(250, () => entry({ accountId, atMs: later - 3 * DAY_MS })),
    'open',
  )
  // Old rows of several days, and sums of many hours.
  await write(many(900, (n) => entry({ accountId, atMs: later - (95 + (n % 3)) * DAY_MS })))
  await write(
    many(300, (n) =>
      entry({ accountId, atMs: later - 500 * DAY_MS - n * HOUR_MS, redirected: true }),
    ),
  )
  await write(many(200, (n) => entry({ accountId, atMs: later - 3 * DAY_MS - (n % 40) * HOUR_MS })))
  // An account that is gone.
  const gone = crypto.randomUUID()
  await write(many(4_500, () => entry({ accountId: gone, atMs: later - DAY_MS })))
  await requestErasure(env.LEDGER, gone, later)
  await env.ARCHIVE?.put(`requests/${gone}/2026-01-01/1.ndjson.gz`, 'x')
  await env.LEDGER.prepare(`INSERT INTO tombstones SELECT value FROM json_each(?1)`)
    .bind(JSON.stringify(many(12_000, () => entry({ atMs: later - 20 * DAY_MS }).id)))
    .run()
  await env.LEDGER.prepare(
    `INSERT INTO works (account_id, id, kind, token_id, at_ms, check_at_ms, checks)
     SELECT ?1, value, 'batch', ?2, ?3, ?3, 0 FROM json_each(?4)`,
  )
    .bind(accountId, tokenId, later - DAY_MS, JSON.stringify(many(4, (n) => `b-${n}`)))
    .run()
  // Tokens that are sealed under an older key.
  for (let made = 0; made < 12; made++) await makeAccount()
}

/** xAI has one more page of results, and then none, for every batch. */
function playXai(): { calls: number } {
  const asked = { calls: 0 }
  vi.spyOn(globalThis, 'fetch').mockImplementation((input) => {
    asked.calls++
    const { pathname, search } = new URL(input as string)
    if (!pathname.endsWith('/results'))
      return Promise.resolve(
        Response.json({ status: 'completed', state: { num_requests: 9, num_pending: 0 } }),
      )
    const results = many(100, (n) => ({
      batch_request_id: `${pathname}${search}${n}`,
      batch_result: {
        response: {
          chat_get_completion: { id: `${pathname}${search}${n}`, usage: { cost_in_usd_ticks: 5 } },
        },
      },
    }))
    return Promise.resolve(
      Response.json(search.includes('token=') ? { results } : { ...PAGE, results }),
    )
  })
  return asked
}

const count = async (from: string, ...values: unknown[]): Promise<number> =>
  Number(
    await env.LEDGER.prepare(`SELECT count(*) AS n FROM ${from}`)
      .bind(...values)
      .first('n'),
  )

const waits = async (): Promise<Record<string, number>> => ({
  parked: (await env.TOKENS.list({ prefix: 'unwritten:' })).keys.length,
  notes: (await env.TOKENS.list({ prefix: 'unnoted:' })).keys.length,
  marks: await count('open_requests'),
  old: await count('requests WHERE at_ms < ?1', later - 94 * DAY_MS),
  erasures: await count('erasures WHERE erased_at_ms IS NULL'),
  unfolded: await count('unfolded WHERE start_ms < ?1', later - 2 * DAY_MS),
  tombstones: await count('tombstones WHERE id < ?1', firstUuid(later - 11 * DAY_MS)),
  works: await count('works WHERE check_at_ms IS NOT NULL AND done_at_ms IS NULL'),
})

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

test.each(Object.values(JOBS).flatMap((jobs) => Object.keys(jobs)))(
  '%s asks no more in a turn than it says',
  { timeout: 60_000 },
  async (name) => {
    vi.spyOn(console, 'warn').mockImplementation(() => {})
    const job = Object.values(JOBS).find((jobs) => name in jobs)![name]!
    await backlog()
    const xai = playXai()
    // Sums are summed up further where the rows are gone.
    if (name.startsWith('compact')) await untilDone(() => pruneLedger(free(), later))
    const most: Cost = { queries: 0, calls: 0 }
    await untilDone(async () => {
      const used: Cost = { queries: 0, calls: 0 }
      xai.calls = 0
      const isMore = await job.run(counted(free(), used), later)
      expect(xai.calls).toBeLessThanOrEqual(job.fetches ?? 0)
      most.queries = Math.max(most.queries, used.queries)
      most.calls = Math.max(most.calls, used.calls + xai.calls)
      return isMore
    })
    expect(most.queries).toBeLessThanOrEqual(job.turn.queries)
    expect(most.calls).toBeLessThanOrEqual(job.turn.calls)
    console.log(name, most)
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
