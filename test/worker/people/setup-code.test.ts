import { env } from 'cloudflare:workers'
import { beforeEach, expect, test } from 'vitest'
import { hashSecret } from '../../../src/credentials/seal/hash.ts'
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

test('opened before, it lets nobody in once there is an account', async () => {
  const on = withCode(CODE)
  await post(on, '/join/open', { link: CODE })
  await env.DB.prepare(
    `INSERT INTO accounts (id, name, created_at_ms) VALUES ('other', 'Other', 0)`,
  ).run()
  expect((await join(on, CODE)).status).toBe(410)
  expect(await accounts()).toBe(1)
})

test('once it is replaced, or gone, it lets nobody in', async () => {
  for (const next of ['another-code-of-16', '']) {
    await post(withCode(CODE), '/join/open', { link: CODE })
    expect((await join(withCode(next), CODE)).status).toBe(410)
  }
  expect(await accounts()).toBe(0)
  expect((await join(withCode(CODE), CODE)).status).toBe(303)
})

test('a line break behind the secret is no part of it', async () => {
  expect((await join(withCode(`${CODE}\n`), CODE)).status).toBe(303)
})

test('of two printed links to the first account, one works', async () => {
  const links = ['first-link', 'second-link']
  for (const link of links)
    await env.DB.prepare(
      `INSERT INTO invitations (code_hash, role, created_at_ms, expires_at_ms, opens_first)
       VALUES (?1, 'owner', 0, ?2, 'link')`,
    )
      .bind(await hashSecret(link), Date.now() + 60_000)
      .run()
  const both = await Promise.all(links.map((link) => join(env, link)))
  expect(both.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([303, 410])
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
