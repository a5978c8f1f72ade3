// A backlog for every job, and an xAI that is asked for bills.
import { env } from 'cloudflare:workers'
import { vi } from 'vitest'
import type { Env } from '../../../src/env.ts'
import { writeMessages } from '../../../src/ledger/store.ts'
import { firstUuid } from '../../../src/http/uuid.ts'
import { requestErasure } from '../../../src/ledger/retention/store.ts'
import { DAY_MS, HOUR_MS } from '../../../src/http/time.ts'
import { entry, messagesOf } from '../ledger/messages.ts'
import { envWith, makeAccount, memberOf } from '../world.ts'

const NEW_KEY = `n:${new Uint8Array(32).fill(6).toBase64()}`
export const later = Date.now() + 2 * HOUR_MS
const PAGE = { results: [], pagination_token: 'more' }

/** The deployment on the Free plan, with the archive. */
export const free = (): Env =>
  envWith({ PLAN: 'free', MASTER_KEYS: `${NEW_KEY},${env.MASTER_KEYS}` })

async function write(entries: Parameters<typeof messagesOf>[0], kind?: 'open'): Promise<void> {
  for (let at = 0; at < entries.length; at += 200)
    await writeMessages(env.LEDGER, messagesOf(entries.slice(at, at + 200), kind), later)
}

const many = <T>(count: number, make: (index: number) => T): T[] =>
  Array.from({ length: count }, (_, index) => make(index))

/** Something to do for every job, and more of it than one run can do. */
export async function backlog(): Promise<void> {
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
export function playXai(): { calls: number } {
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

export const waits = async (): Promise<Record<string, number>> => ({
  parked: (await env.TOKENS.list({ prefix: 'unwritten:' })).keys.length,
  notes: (await env.TOKENS.list({ prefix: 'unnoted:' })).keys.length,
  marks: await count('open_requests'),
  old: await count('requests WHERE at_ms < ?1', later - 94 * DAY_MS),
  erasures: await count('erasures WHERE erased_at_ms IS NULL'),
  unfolded: await count('unfolded WHERE start_ms < ?1', later - 2 * DAY_MS),
  tombstones: await count('tombstones WHERE id < ?1', firstUuid(later - 11 * DAY_MS)),
  works: await count('works WHERE check_at_ms IS NOT NULL AND done_at_ms IS NULL'),
})
