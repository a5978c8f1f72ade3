import { createExecutionContext, waitOnExecutionContext } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { afterEach, expect, test, vi } from 'vitest'
import { hashSecret } from '../../src/seal/hash.ts'
import { findCaller, type Caller } from '../../src/callers/store.ts'
import { api, envWith, makeAccount } from './world.ts'

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

test('memory is bounded: the oldest goes first', async () => {
  const { Memory } = await import('../../src/callers/memory.ts')
  const memory = new Memory<number>(2)
  for (const [index, key] of ['a', 'b', 'a', 'c'].entries()) memory.set(key, index, 100)
  expect([memory.get('a', 0), memory.get('b', 0), memory.get('c', 0)]).toEqual([2, undefined, 3])
  expect(memory.get('a', 100)).toBeUndefined()
})

test('a look-up that a revocation overtakes remembers nothing', async () => {
  const account = await makeAccount()
  let overtaken: Promise<Response> | null = null
  const slow = {
    get: async () => null,
    put: async () => {
      await overtaken
    },
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
  await waitOnExecutionContext(ctx)
  expect(await find(account.token)).toBeNull()
})
