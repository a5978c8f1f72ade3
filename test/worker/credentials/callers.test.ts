import { createExecutionContext, waitOnExecutionContext } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { afterEach, expect, test, vi } from 'vitest'
import { hashSecret } from '../../../src/credentials/seal/hash.ts'
import type { CallerSettings } from '../../../src/credentials/callers/settings.ts'
import { findCaller, type Caller } from '../../../src/credentials/callers/store.ts'
import { accounts } from '../../../src/schema/accounts.ts'
import {
  api,
  chat,
  chatInit,
  envWith,
  fetchIn,
  fetchWorker,
  makeAccount,
  memberOf,
  type Account,
} from '../world.ts'

afterEach(() => void vi.useRealTimers())

async function find(token: string, needsKey = true): Promise<Caller | null> {
  const ctx = createExecutionContext()
  const caller = await findCaller(env, ctx, token, needsKey)
  await waitOnExecutionContext(ctx)
  return caller
}

const kvOf = async (token: string): Promise<unknown> =>
  env.TOKENS.get(`token:${await hashSecret(token)}`, 'json')

test('a token is read from D1 once, then from KV, then from memory for 30 seconds', async () => {
  const { token, tokenId } = await makeAccount()
  expect(await kvOf(token)).toBeNull()
  expect(await find(token)).toMatchObject({ tokenId, sealedKey: expect.stringMatching(/^m1\.1\./) })
  expect(await kvOf(token)).toMatchObject({ tokenId })

  // Somewhere else it has been revoked; this isolate has heard nothing.
  await env.DB.prepare('UPDATE tokens SET revoked_at_ms = 1 WHERE id = ?1').bind(tokenId).run()
  await env.TOKENS.delete(`token:${await hashSecret(token)}`)
  expect(await find(token)).toMatchObject({ tokenId })
  vi.useFakeTimers({ now: Date.now() + 29_000, toFake: ['Date'] })
  expect(await find(token)).toMatchObject({ tokenId })
  vi.setSystemTime(Date.now() + 2_000)
  expect(await find(token)).toBeNull()
})

test('a revocation between our reading of D1 and our writing to KV leaves nothing in KV', async () => {
  const { token, tokenId } = await makeAccount()
  const slow = {
    get: env.TOKENS.get.bind(env.TOKENS),
    delete: env.TOKENS.delete.bind(env.TOKENS),
    put: async (...args: Parameters<KVNamespace['put']>) => {
      await env.DB.prepare('UPDATE tokens SET revoked_at_ms = 1 WHERE id = ?1').bind(tokenId).run()
      await env.TOKENS.put(...args)
    },
  } as unknown as KVNamespace
  const ctx = createExecutionContext()
  expect(await findCaller(envWith({ TOKENS: slow }), ctx, token, true)).toMatchObject({ tokenId })
  await waitOnExecutionContext(ctx)
  expect(await kvOf(token)).toBeNull()
})

test('an unknown token is not asked for again for ten seconds', async () => {
  const token = `sk-metrion-${crypto.randomUUID().replaceAll('-', '')}`
  const asked = vi.spyOn(env.TOKENS, 'get')
  expect(await find(token)).toBeNull()
  expect(await find(token)).toBeNull()
  expect(asked).toHaveBeenCalledTimes(1)
  vi.useFakeTimers({ now: Date.now() + 10_001, toFake: ['Date'] })
  expect(await find(token)).toBeNull()
  expect(asked).toHaveBeenCalledTimes(2)
  asked.mockRestore()
})

test('KV that knows of no key is not believed where a key is needed', async () => {
  const account = await makeAccount({ key: null })
  expect(await find(account.token, false)).toMatchObject({ sealedKey: null })
  const stale = await kvOf(account.token)
  await api(account, 'PUT', '/provider-keys/grok', { key: 'xai-fresh-key-0001' })
  await env.TOKENS.put(`token:${await hashSecret(account.token)}`, JSON.stringify(stale))
  expect(await find(account.token)).toMatchObject({ sealedKey: expect.any(String) })
})

test('a token without a key is asked for time and again, and written to KV once', async () => {
  const { token } = await makeAccount({ key: null })
  const put = vi.spyOn(env.TOKENS, 'put')
  for (let asked = 0; asked < 20; asked++) {
    vi.useFakeTimers({ now: Date.now() + 6_000, toFake: ['Date'] })
    expect(await find(token)).toMatchObject({ sealedKey: null })
  }
  expect(put).toHaveBeenCalledTimes(1)
  put.mockRestore()
})

test('memory is bounded: the oldest goes first', async () => {
  const { Memory } = await import('../../../src/http/memory.ts')
  const memory = new Memory<number>(2)
  for (const [index, key] of ['a', 'b', 'a', 'c'].entries()) memory.set(key, index, 100)
  expect([memory.get('a', 0), memory.get('b', 0), memory.get('c', 0)]).toEqual([2, undefined, 3])
  expect(memory.get('a', 100)).toBeUndefined()
})

test('a look-up that a revocation overtakes remembers nothing', async () => {
  const account = await makeAccount()
  let overtaken: Promise<Response> | null = null
  const written = Promise.withResolvers<void>()
  const slow = {
    get: async () => null,
    // What is checked once KV has been written comes too late to help.
    put: () => written.promise,
    delete: env.TOKENS.delete.bind(env.TOKENS),
  } as unknown as KVNamespace
  const database = new Proxy(env.DB, {
    get: (target, property) =>
      property === 'prepare'
        ? (query: string) => {
            const statement = target.prepare(query)
            return {
              bind: (...values: unknown[]) => ({
                first: async () => {
                  const row = await statement.bind(...values).first()
                  overtaken ??= api(account, 'DELETE', `/tokens/${account.tokenId}`)
                  await overtaken
                  return row
                },
              }),
            }
          }
        : Reflect.get(target, property),
  })
  const ctx = createExecutionContext()
  await findCaller(envWith({ TOKENS: slow, DB: database }), ctx, account.token, true)
  expect(await find(account.token)).toBeNull()
  written.resolve()
  await waitOnExecutionContext(ctx)
  expect(await find(account.token)).toBeNull()
})

// All that there are, so that a new one cannot be forgotten.
const SETTINGS = Object.keys(
  (await find((await makeAccount()).token))!.settings,
) as (keyof CallerSettings)[]

/** A request that leaves what it knows of the caller in KV. What that is. */
async function fillKv(account: Account): Promise<Caller> {
  await (await chat(account)).arrayBuffer()
  await expect.poll(() => kvOf(account.token)).not.toBeNull()
  return (await find(account.token))!
}

type Setting = CallerSettings[keyof CallerSettings]

const changed = (value: Setting): Setting => {
  if (typeof value === 'boolean') return !value
  return value === null ? 'Europe/Zurich' : ['https://app.example.com']
}
const asColumn = (value: Setting): number | string | null => {
  if (typeof value === 'boolean') return Number(value)
  return value === null || typeof value === 'string' ? value : JSON.stringify(value)
}
/** As a form sends it; a box that is not ticked is not sent. */
const asField = (value: Setting): string[] =>
  typeof value === 'boolean'
    ? value
      ? ['on']
      : []
    : [typeof value === 'string' ? value : (value ?? []).join('\n')]

const passTime = (ms: number): unknown =>
  vi.useFakeTimers({ now: Date.now() + ms, toFake: ['Date'] })

test.each(SETTINGS)('KV that has not heard of a change of %s is found out', async (name) => {
  const account = await makeAccount()
  const after = changed((await fillKv(account)).settings[name])
  const { accountId } = await memberOf(account)
  await env.DB.prepare(`UPDATE accounts SET ${accounts[name].name} = ?2 WHERE id = ?1`)
    .bind(accountId, asColumn(after))
    .run()
  // The first to read it from there, once it is a minute old, goes by it, and is the last to do so.
  passTime(61_000)
  expect((await chat(account)).status).toBe(200)
  vi.useRealTimers()
  await vi.waitFor(async () =>
    expect((await find(account.token))!.settings).toMatchObject({ [name]: after }),
  )
  expect(await kvOf(account.token)).toMatchObject({ settings: { [name]: after } })
})

test.each(SETTINGS)('%s is for the very next request what an owner has made it', async (name) => {
  const account = await makeAccount()
  // Traces need a collector; saving one switches them on.
  if (name === 'traces')
    await fetchWorker('/settings/traces', {
      method: 'POST',
      redirect: 'manual',
      headers: { cookie: account.cookie },
      body: new URLSearchParams({ url: 'https://collector.metrion.dev/v1/traces' }),
    })
  const { settings } = await fillKv(account)
  const wanted = { ...settings, [name]: changed(settings[name]) }
  const fields = SETTINGS.flatMap((each) => asField(wanted[each]).map((text) => [each, text]))
  const saved = await fetchWorker('/settings/account', {
    method: 'POST',
    redirect: 'manual',
    headers: { cookie: account.cookie },
    body: new URLSearchParams({ name: 'Ada', currency: 'USD', ...Object.fromEntries(fields) }),
  })
  expect(saved.status).toBe(303)
  expect((await find(account.token))!.settings).toEqual(wanted)
})

const OVERTAKERS: [what: string, happen: (account: Account) => Promise<Response>][] = [
  ['a revocation', (account) => api(account, 'DELETE', `/tokens/${account.tokenId}`)],
  ['the deletion of its key', (account) => api(account, 'DELETE', '/provider-keys/grok')],
]

test.each(OVERTAKERS)('KV’s answer that %s overtakes is not remembered', async (_, happen) => {
  const account = await makeAccount()
  await fillKv(account)
  // Memory has gone by, KV is still believed.
  passTime(31_000)
  const key = `token:${await hashSecret(account.token)}`
  const seen: unknown[] = []
  const slow = {
    get: async (name: string, options: KVNamespaceGetOptions<'json'>) => {
      const read = await env.TOKENS.get(name, options)
      if (name === key) seen.push(read, (await happen(account)).status)
      return read
    },
    put: env.TOKENS.put.bind(env.TOKENS),
    delete: env.TOKENS.delete.bind(env.TOKENS),
  } as unknown as KVNamespace
  const path = '/api/proxy/grok/v1/chat/completions'
  await fetchIn(envWith({ TOKENS: slow }), path, chatInit(account.token))
  const { tokenId } = account
  expect(seen).toEqual([expect.objectContaining({ tokenId, sealedKey: expect.any(String) }), 204])
  expect((await chat(account)).status).toBe(401)
})

test('a record of an older version is believed, with the scope that it has, also where D1 is out', async () => {
  const { token, tokenId } = await makeAccount()
  await find(token)
  const key = `token:${await hashSecret(token)}`
  const { policy: _, ...old } = (await env.TOKENS.get(key, 'json')) as Record<string, unknown>
  await env.TOKENS.put(key, JSON.stringify({ ...old, scope: 'all' }))
  vi.useFakeTimers({ now: Date.now() + 40_000, toFake: ['Date'] })
  const ctx = createExecutionContext()
  const down = envWith({ DB: {} as D1Database })
  expect(await findCaller(down, ctx, token, true)).toMatchObject({
    tokenId,
    policy: { scope: 'all', models: null, disabled: false },
  })
  await waitOnExecutionContext(ctx)
})
