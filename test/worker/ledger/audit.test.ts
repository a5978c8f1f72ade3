import { env } from 'cloudflare:workers'
import { expect, test, vi } from 'vitest'
import { loggable } from '../../../src/http/error-log.ts'
import { addPasskey } from '../../../src/people/passkeys/store.ts'
import { api, envWith, fetchIn, fetchWorker, makeAccount, memberOf, signUp } from '../world.ts'

const post = (cookie: string, path: string, fields: Record<string, string> = {}) =>
  fetchWorker(path, {
    method: 'POST',
    redirect: 'manual',
    headers: { cookie },
    body: new URLSearchParams(fields),
  })

async function deedsOf({ cookie }: { cookie: string }): Promise<string[]> {
  const { accountId } = await memberOf({ cookie })
  const { results } = await env.DB.prepare(
    'SELECT action, subject FROM audit WHERE account_id = ?1 ORDER BY id',
  )
    .bind(accountId)
    .all<{ action: string; subject: string }>()
  return results.map(({ action, subject }) => `${action} ${subject}`.trim())
}

test('exports, changes of the address and ended sessions are in the audit', async () => {
  const account = await makeAccount()
  for (const path of ['/requests.csv', '/requests.ndjson'])
    await (await api(account, 'GET', path)).arrayBuffer()
  await post(account.cookie, '/settings/me', { name: 'Ada', email: 'ada@example.com' })
  await post(account.cookie, '/settings/me', { name: 'Ada B', email: 'ada@example.com' })
  const { id } = await memberOf(account)
  await env.DB.prepare(
    `INSERT INTO sessions (secret_hash, member_id, created_at_ms, expires_at_ms) VALUES ('h1', ?1, 0, 9e15), ('h2', ?1, 0, 9e15)`,
  )
    .bind(id)
    .run()
  await post(account.cookie, '/settings/sessions/end-others')
  await post(account.cookie, '/settings/sessions/unknown/end')
  const deeds = await deedsOf(account)
  expect(deeds.slice(-4)).toEqual([
    'export.made CSV',
    'export.made NDJSON',
    'member.email-changed',
    'session.ended 2 sessions',
  ])
  // The address itself is not kept there.
  expect(deeds.join()).not.toContain('example.com')
  const made = await post(account.cookie, '/settings/api-tokens', { name: 'bot', requests: 'on' })
  const token = /mk-metrion-[0-9a-f]{32}/.exec(await made.text())![0]
  const exported = await fetchWorker('/api/v1/requests.csv', {
    headers: { authorization: `Bearer ${token}` },
  })
  await exported.text()
  const page = await fetchWorker('/settings/audit', { headers: { cookie: account.cookie } })
  expect(await page.text()).toContain('API token bot')
})

test('a passkey that another member has is refused', async () => {
  const [ada, eve] = [await memberOf(await signUp('Ada')), await memberOf(await signUp('Eve'))]
  const passkey = { id: crypto.randomUUID(), publicKey: 'x', counter: 0, transports: [] }
  expect(await addPasskey(env.DB, ada, passkey, 'k', 0)).toBe(true)
  expect(await addPasskey(env.DB, eve, passkey, 'k', 0)).toBe(false)
  const owner = env.DB.prepare('SELECT member_id FROM passkeys WHERE id = ?1').bind(passkey.id)
  expect(await owner.first('member_id')).toBe(ada.id)
})

test('a failed query is logged without its parameters', async () => {
  const account = await signUp('Ada')
  const logged = vi.spyOn(console, 'error').mockImplementation(() => {})
  const failing = {
    prepare: (sql: string) => {
      if (sql.startsWith('update "members"')) throw new Error('D1_ERROR: no such table')
      return env.DB.prepare(sql)
    },
    batch: (list: D1PreparedStatement[]) => env.DB.batch(list),
  } as unknown as D1Database
  const response = await fetchIn(envWith({ DB: failing }), '/settings/me', {
    method: 'POST',
    headers: { cookie: account.cookie },
    body: new URLSearchParams({ name: 'Planted Name', email: 'planted@example.com' }),
  })
  const words = logged.mock.calls.flat().map(String).join('\n')
  logged.mockRestore()
  expect(response.status).toBe(500)
  expect(words).toContain('no such table')
  expect(words).not.toMatch(/planted/i)
})

test('of a failed query the statement is kept, and why it failed', () => {
  const cause = new Error('D1_ERROR: UNIQUE constraint failed: passkeys.id')
  const message = 'Failed query: insert into "passkeys" ("id") values (?)\nparams: planted,secret'
  expect(
    loggable(Object.assign(new Error(message, { cause }), { name: 'DrizzleQueryError' })),
  ).toBe(
    'DrizzleQueryError: insert into "passkeys" ("id") values (?): D1_ERROR: UNIQUE constraint failed: passkeys.id',
  )
  expect(loggable(new Error('plain'))).toBe('Error: plain')
  expect(loggable('words')).toBe('string')
})

test('names are one line of what can be seen', async () => {
  const account = await makeAccount()
  const made = await api(account, 'POST', '/tokens', { name: 'a\u0000b\r\nc\u202Ed\u2066 ' })
  expect(await made.json()).toMatchObject({ name: 'a b c d' })
  expect((await api(account, 'POST', '/tokens', { name: '\u0007\u200F' })).status).toBe(400)
  await post(account.cookie, '/settings/me', { name: 'Ada\u001B[31m', email: '' })
  expect((await memberOf(account)).name).toBe('Ada [31m')
})
