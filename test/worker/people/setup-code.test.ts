import { env } from 'cloudflare:workers'
import { beforeEach, expect, test } from 'vitest'
import type { Env } from '../../../src/env.ts'
import { envWith, fetchIn } from '../world.ts'

const CODE = 'a'.repeat(8) + 'b'.repeat(8)

beforeEach(async () => {
  await env.DB.batch(
    ['accounts', 'invitations', 'used_setup_codes'].map((table) =>
      env.DB.prepare(`DELETE FROM ${table}`),
    ),
  )
})

const withCode = (SETUP_CODE: string): Env => envWith({ SETUP_CODE })

const post = (on: Env, path: string, fields: Record<string, string>): Promise<Response> =>
  fetchIn(on, path, {
    method: 'POST',
    headers: { accept: 'text/html' },
    redirect: 'manual',
    body: new URLSearchParams(fields),
  })

const join = (on: Env, code: string): Promise<Response> => post(on, '/join', { code, name: 'Ada' })

const accounts = async (): Promise<unknown> =>
  env.DB.prepare('SELECT count(*) AS n FROM accounts').first('n')

test('the set-up code opens the first account at /join, once', async () => {
  const on = withCode(CODE)
  const opened = await post(on, '/join/open', { link: CODE })
  expect(opened.status).toBe(200)
  expect(await opened.text()).toContain('Your name')
  // Opening uses nothing up.
  expect(await accounts()).toBe(0)

  const entered = await join(on, CODE)
  expect(entered.headers.get('location')).toBe('/integrate')
  const owner = await env.DB.prepare('SELECT name, role FROM members').first()
  expect(owner).toEqual({ name: 'Ada', role: 'owner' })
  expect((await join(on, CODE)).status).toBe(410)
  expect(await accounts()).toBe(1)
})

test('it does not work again after its account is deleted', async () => {
  const on = withCode(CODE)
  await join(on, CODE)
  await env.DB.prepare('DELETE FROM accounts').run()
  expect((await join(on, CODE)).status).toBe(410)
  expect(await accounts()).toBe(0)
})

test('of two at the same time, one is let in', async () => {
  const on = withCode(CODE)
  const both = await Promise.all([join(on, CODE), join(on, CODE)])
  expect(both.filter(({ status }) => status === 303)).toHaveLength(1)
  expect(await accounts()).toBe(1)
})

test.each([
  ['another code', CODE, `${CODE}x`],
  ['a code that is too short', 'short', 'short'],
  ['no code', '', ''],
  ['its hash', CODE, 'b4a5b3b0b3a0d4c8'],
])('it lets nobody in by %s', async (_, secret, typed) => {
  const response = await join(withCode(secret), typed)
  expect([400, 410]).toContain(response.status)
  expect(await accounts()).toBe(0)
})

test('it opens nothing where there is an account', async () => {
  await env.DB.prepare(
    `INSERT INTO accounts (id, name, created_at_ms) VALUES ('other', 'Other', 0)`,
  ).run()
  expect((await join(withCode(CODE), CODE)).status).toBe(410)
  expect(await accounts()).toBe(1)
})

test('a short code is shown as a fault until there is an account', async () => {
  const check = async (): Promise<unknown> =>
    (await (await fetchIn(withCode('short'), '/healthz')).json<{ checks: object }>()).checks
  expect(await check()).toMatchObject({ SETUP_CODE: { ok: false } })
  await env.DB.prepare(
    `INSERT INTO accounts (id, name, created_at_ms) VALUES ('other', 'Other', 0)`,
  ).run()
  expect(await check()).toMatchObject({ SETUP_CODE: { ok: true } })
})
