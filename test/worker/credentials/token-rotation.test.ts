// A token's new secrets, how long the one before works, and what of it is audited.
import { env } from 'cloudflare:workers'
import { expect, test, vi } from 'vitest'
import { hashSecret } from '../../../src/credentials/seal/hash.ts'
import { HOUR_MS } from '../../../src/http/time.ts'
import { api, chat, makeAccount, rowOf, type Account } from '../world.ts'
import { tokensOf } from './tokens.ts'

const { owner, tokenWith, set } = await tokensOf()

test('after a rotation both secrets work for the time of grace, under the same limits', async () => {
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() })
  try {
    const old = await tokenWith({ models: ['grok-4*'] })
    const rotated = await api(owner, 'POST', `/tokens/${old.tokenId}/rotate`, { graceHours: 24 })
    expect(rotated.status).toBe(200)
    const { token } = await rotated.json<{ token: string }>()
    const fresh = { ...old, token }
    for (const one of [old, fresh]) {
      expect((await chat(one)).status).toBe(200)
      expect(await rowOf(owner, await chat(one))).toMatchObject({ token: { id: old.tokenId } })
    }
    await set(fresh, { models: ['other'] })
    for (const one of [old, fresh]) expect((await chat(one)).status).toBe(403)
    await set(fresh, { models: null })
    vi.setSystemTime(Date.now() + 24 * HOUR_MS)
    expect((await chat(old)).status).toBe(401)
    expect((await chat(fresh)).status).toBe(200)
  } finally {
    vi.useRealTimers()
  }
})

test('a rotation without grace, a second one and a revocation stop the secrets before', async () => {
  const first = await tokenWith({})
  const rotate = async (graceHours: number): Promise<Account> => {
    const path = `/tokens/${first.tokenId}/rotate`
    const { token } = await (
      await api(owner, 'POST', path, { graceHours })
    ).json<{ token: string }>()
    return { ...first, token }
  }
  expect((await chat(first)).status).toBe(200)
  const second = await rotate(1)
  const third = await rotate(1)
  const works = async (): Promise<number[]> =>
    Promise.all([first, second, third].map(async (one) => (await chat(one)).status))
  expect(await works()).toEqual([401, 200, 200])
  const fourth = await rotate(0)
  expect(await works()).toEqual([401, 401, 401])
  expect((await chat(fourth)).status).toBe(200)
  const fifth = await rotate(5)
  for (const one of [fourth, fifth]) expect((await chat(one)).status).toBe(200)
  await api(owner, 'DELETE', `/tokens/${first.tokenId}`)
  for (const one of [fourth, fifth]) expect((await chat(one)).status).toBe(401)
  const again = await api(owner, 'POST', `/tokens/${first.tokenId}/rotate`, { graceHours: 1 })
  expect(again.status).toBe(404)
  const { keys } = await env.TOKENS.list({ prefix: 'token:' })
  const records = await Promise.all(keys.map(({ name }) => env.TOKENS.get(name)))
  expect(records.filter((record) => record?.includes(first.tokenId))).toEqual([])
})

test('the former secret of a token stops when it is over, also in an isolate that remembers it', async () => {
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() })
  try {
    const old = await tokenWith({})
    await api(owner, 'POST', `/tokens/${old.tokenId}/rotate`, { graceHours: 1 })
    vi.setSystemTime(Date.now() + HOUR_MS - 5_000)
    expect((await chat(old)).status).toBe(200)
    vi.setSystemTime(Date.now() + 6_000)
    expect((await chat(old)).status).toBe(401)
  } finally {
    vi.useRealTimers()
  }
})

test('a change of the account reaches former secrets, too', async () => {
  const account = await makeAccount()
  await api(account, 'POST', `/tokens/${account.tokenId}/rotate`, { graceHours: 1 })
  expect((await chat(account)).status).toBe(200)
  const key = `token:${await hashSecret(account.token)}`
  await expect.poll(() => env.TOKENS.get(key)).not.toBeNull()
  await api(account, 'DELETE', '/provider-keys/grok')
  expect(await env.TOKENS.get(key)).toBeNull()
})

test('changes and rotations are in the audit log, with no secret', async () => {
  const token = await tokenWith({ name: 'audited' })
  await set(token, { disabled: true, models: ['grok-3'], name: 'renamed' })
  await api(owner, 'POST', `/tokens/${token.tokenId}/rotate`, { graceHours: 0 })
  const { results } = await env.DB.prepare(
    `SELECT action, subject FROM audit WHERE subject LIKE 'audited%' OR subject LIKE 'renamed%' ORDER BY id`,
  ).all<{ action: string; subject: string }>()
  expect(results).toEqual([
    { action: 'token.made', subject: 'audited' },
    { action: 'token.changed', subject: 'audited: name, disabled, models' },
    { action: 'token.rotated', subject: 'renamed' },
  ])
})
