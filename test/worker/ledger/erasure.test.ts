import { env } from 'cloudflare:workers'
import { is } from 'drizzle-orm'
import { getTableConfig, SQLiteTable } from 'drizzle-orm/sqlite-core'
import { expect, test } from 'vitest'
import { deliver } from '../../../src/alerts/deliver/store.ts'
import { raise } from '../../../src/alerts/raise-store.ts'
import { CRONS } from '../../../src/ledger/crons.ts'
import { runJobs } from '../../../src/jobs/run.ts'
import { toDeadLetter } from '../../../src/ledger/dead-letter.ts'
import { countEntries, keepDead, writeMessages } from '../../../src/ledger/store.ts'
import { addPasskey } from '../../../src/people/passkeys/store.ts'
import * as accountsSchema from '../../../src/schema/accounts.ts'
import * as ledgerSchema from '../../../src/schema/ledger.ts'
import { DAY_MS } from '../../../src/http/time.ts'
import { hashSecret } from '../../../src/credentials/seal/hash.ts'
import { json } from '../../xai/reply.ts'
import { alertFacts, makeChannel, makeRule } from '../alerts/world.ts'
import { entry, messagesOf, tablesOf } from './messages.ts'
import {
  api,
  chat,
  envWith,
  fetchIn,
  fetchWorker,
  makeAccount,
  memberOf,
  rowOf,
  type Account,
} from '../world.ts'

/** On Free, the jobs share fifty queries, and what other tests left may use them up. */
const paid = envWith({ PLAN: 'paid' })

const DATABASES = [
  {
    name: 'DB',
    database: env.DB,
    schema: accountsSchema,
    ofNobody: ['canaries', 'alert_cycles', 'operator_passes', 'used_setup_codes'],
  },
  {
    name: 'LEDGER',
    database: env.LEDGER,
    schema: ledgerSchema,
    ofNobody: [
      'writers',
      'limits',
      'tombstones',
      'heartbeats',
      'failed_jobs',
      'unchecked_requests',
    ],
  },
]

/** The tables of a schema, and whether each says in a column whose its rows are. */
const tablesIn = (schema: object): { name: string; isOwned: boolean }[] =>
  Object.values(schema)
    .filter((one) => is(one, SQLiteTable))
    .map((table) => getTableConfig(table))
    .map(({ name, columns }) => ({
      name,
      isOwned: columns.some((column) => column.name === 'account_id'),
    }))

const post = (account: Account, path: string, fields: Record<string, string>): Promise<Response> =>
  fetchWorker(path, {
    method: 'POST',
    redirect: 'manual',
    headers: { cookie: account.cookie, accept: 'text/html' },
    body: new URLSearchParams(fields),
  })

/** Leaves a row of the account in every table that may have one; the ids to find them by. */
/** A message with its delivery. */
async function tellOnce(accountId: string): Promise<void> {
  const facts = alertFacts()
  const raised = [{ accountId, onceKey: crypto.randomUUID(), facts, channels: null }]
  await raise(env, raised, Date.now())
  const messageId = await env.DB.prepare('SELECT id FROM alert_messages WHERE account_id = ?1')
    .bind(accountId)
    .first<string>('id')
  await deliver(env, { v: 1, messageId: messageId!, channelId: null }, Date.now())
}

async function furnish(account: Account): Promise<string[]> {
  const member = await memberOf(account)
  const { accountId } = member
  const passkey = { id: crypto.randomUUID(), publicKey: 'x', counter: 0, transports: [] }
  await addPasskey(env.DB, member, passkey, 'laptop', Date.now())
  await post(account, '/passkeys/options', {})
  await api(account, 'POST', '/budgets', {
    name: 'month',
    // Nothing counts for it: a job would note a correction in the audit, and a threshold would be told.
    scope: { kind: 'model', value: 'grok-unused' },
    meter: 'cost',
    window: 'hour',
    limit: 1,
    action: 'warn',
  })
  await makeChannel(account)
  await makeRule(account, { kind: 'volume', threshold: 1_000_000 })
  await tellOnce(accountId)
  await post(account, '/settings/members/invite', { role: 'member' })
  await post(account, '/settings/api-tokens', { name: 'reader', usage: 'on' })
  await post(account, '/views', { name: 'Today', path: '/logs?range=today' })

  const started = await chat(account, {
    path: '/api/proxy/grok/v1/videos/generations',
    reply: json({ request_id: crypto.randomUUID() }),
    body: { model: 'grok-imagine-video', prompt: 'a hill' },
  })
  const headers = { 'x-metrion-session': 'a conversation' }
  for (const answered of [started, await chat(account, { headers })]) await rowOf(account, answered)
  const atMs = Date.now() - 3 * DAY_MS
  await writeMessages(env.LEDGER, messagesOf([entry({ accountId, atMs, redirected: true })]), atMs)
  await runJobs(CRONS.often, paid, Date.now())
  const nowMs = Date.now()
  const open = messagesOf([entry({ accountId, atMs: nowMs })], 'open')
  await writeMessages(env.LEDGER, open, nowMs)
  const [buried] = messagesOf([entry({ accountId, atMs: nowMs })])
  await keepDead(env.LEDGER, [toDeadLetter('x', buried, 'a test')], nowMs)
  await env.DB.prepare(
    `INSERT INTO management_keys (account_id, provider, sealed, last_four, saved_at_ms) VALUES (?1, 'grok', 'm1.1.x', 'x', 0)`,
  )
    .bind(accountId)
    .run()
  await env.DB.prepare(
    `INSERT INTO trace_targets (account_id, provider, sealed, shown, saved_at_ms) VALUES (?1, 'otlp', 'm1.1.x', 'x', 0)`,
  )
    .bind(accountId)
    .run()
  await env.DB.prepare(`INSERT INTO bill_days VALUES (?1, 0, 0, '[]', 0)`).bind(accountId).run()
  await env.DB.prepare(`INSERT INTO objects VALUES (?1, 'file-1', ?2, NULL)`)
    .bind(accountId, account.tokenId)
    .run()
  await env.LEDGER.batch(
    [
      `INSERT INTO pruned (account_id, before_ms) VALUES (?1, 1)`,
      `INSERT INTO restored_days VALUES (?1, '2026-01-01', 1)`,
      `INSERT INTO archived VALUES (?1, '2026-01-01', 'key', 1)`,
      `INSERT INTO let_go VALUES (?1, 0, 1, 1, 1, 1, 1, 1)`,
    ].map((sql) => env.LEDGER.prepare(sql).bind(accountId)),
  )
  return [accountId, member.id]
}

/** How many rows of each table have one of these ids in them, in whatever column. */
async function rowsWith(ids: readonly string[]): Promise<Record<string, number>> {
  const counts: Record<string, number> = {}
  for (const { name, database } of DATABASES) {
    for (const table of await tablesOf(database)) {
      const { results } = await database.prepare(`SELECT * FROM ${table}`).all()
      counts[`${name}.${table}`] = results.filter((row) => {
        const text = JSON.stringify(row)
        return ids.some((id) => text.includes(id))
      }).length
    }
  }
  return counts
}

async function kvWith(ids: readonly string[]): Promise<string[]> {
  const { keys } = await env.TOKENS.list()
  const values = await Promise.all(keys.map(({ name }) => env.TOKENS.get(name)))
  return values.flatMap((value) => (value && ids.some((id) => value.includes(id)) ? [value] : []))
}

test.each(DATABASES)('the schema names every table of $name', async ({ database, schema }) => {
  const named = tablesIn(schema).map(({ name }) => name)
  expect(named.toSorted()).toEqual(await tablesOf(database))
})

test('an account that is deleted leaves nothing in any table, and others lose nothing', async () => {
  const [account, other] = [await makeAccount(), await makeAccount()]
  const [ids, otherIds] = [await furnish(account), await furnish(other)]
  const before = await rowsWith(ids)
  // Every table is looked at, so that one that is new cannot be forgotten.
  const expected = DATABASES.flatMap(({ name, schema, ofNobody }) =>
    tablesIn(schema)
      .filter((table) => !ofNobody.includes(table.name))
      .map((table) => ({ ...table, path: `${name}.${table.name}` })),
  )
  for (const { path, isOwned } of expected) {
    if (path === 'LEDGER.erasures') continue
    expect({ path, isOwned, hasRows: before[path]! > 0 }).toEqual({ path, isOwned, hasRows: true })
  }
  await expect.poll(() => kvWith(ids)).not.toEqual([])
  const others = await rowsWith(otherIds)
  const { waiting, dead } = await countEntries(env.LEDGER)

  const deleted = await post(account, '/settings/delete', { name: 'Ada' })
  expect(deleted.headers.get('location')).toBe('/sign-in?gone=1')
  await runJobs(CRONS.often, paid, Date.now() + 300_000)

  const left = Object.entries(await rowsWith(ids)).filter(([, count]) => count > 0)
  expect(left).toEqual([['LEDGER.erasures', 1]])
  expect(await kvWith(ids)).toEqual([])
  expect(await rowsWith(otherIds)).toEqual(others)
  // What is erased unwritten does not count as waiting for ever.
  expect(await countEntries(env.LEDGER)).toMatchObject({ waiting, dead: dead - 1 })
})

test('a request that looks a token up while its account is deleted leaves nothing in KV', async () => {
  const account = await makeAccount()
  await (await chat(account)).text()
  const kept = (): Promise<string[]> => kvWith([account.tokenId])
  await expect.poll(kept).toHaveLength(1)
  const [record = ''] = await kept()
  const key = `token:${await hashSecret(account.token)}`
  // D1 answers the look-up just before the account goes, and KV is written just after.
  const DB = new Proxy(env.DB, {
    get: (target, member: keyof D1Database) => {
      if (member !== 'prepare') return (target[member] as () => unknown).bind(target)
      return (sql: string) => {
        const isDeletion = /^delete from "accounts"/i.test(sql)
        const statement = target.prepare(sql)
        return isDeletion ? refilling(statement, () => env.TOKENS.put(key, record)) : statement
      }
    },
  })
  const response = await fetchIn(envWith({ DB }), '/settings/delete', {
    method: 'POST',
    redirect: 'manual',
    headers: { cookie: account.cookie, accept: 'text/html' },
    body: new URLSearchParams({ name: 'Ada' }),
  })
  expect(response.headers.get('location')).toBe('/sign-in?gone=1')
  expect(await kept()).toEqual([])
})

/** A statement that does something once it has run. */
function refilling(statement: D1PreparedStatement, then: () => Promise<void>): D1PreparedStatement {
  return new Proxy(statement, {
    get: (target, member: keyof D1PreparedStatement) => {
      if (member === 'bind')
        return (...values: unknown[]) => refilling(target.bind(...values), then)
      const method = (target[member] as (...args: unknown[]) => Promise<unknown>).bind(target)
      return async (...args: unknown[]) => {
        const answer = await method(...args)
        await then()
        return answer
      }
    },
  })
}
