import { env } from 'cloudflare:workers'
import { expect, test } from 'vitest'
import { runJobs } from '../../../src/job.ts'
import { CRONS } from '../../../src/crons.ts'
import { ENDPOINTS } from '../../../src/proxy/endpoints.ts'
import { script } from '../../xai/client.ts'
import { RESPONSE } from '../../xai/responses.ts'
import { json } from '../../xai/reply.ts'
import {
  api,
  chat,
  envWithout,
  fetchIn,
  fetchWorker,
  makeAccount,
  rowOf,
  xaiUrl,
  XAI_KEY,
  type Account,
} from '../world.ts'

const BASE = '/api/proxy/grok/v1/'
const owner = await makeAccount()

async function tokenOf(scope?: string): Promise<Account> {
  const name = `of scope ${scope}`
  const made = await api(owner, 'POST', '/tokens', scope === undefined ? { name } : { name, scope })
  expect(made.status).toBe(201)
  const { token, id } = await made.json<{ token: string; id: string }>()
  return { ...owner, token, tokenId: id }
}

const ask = async (
  account: Account,
  method: string,
  path: string,
  more: { reply?: object; headers?: Record<string, string> } = {},
): Promise<Response> => {
  const id = more.reply ? await script(xaiUrl, more.reply) : 'unscripted'
  const headers = {
    authorization: `Bearer ${account.token}`,
    'x-grok-conv-id': id,
    ...more.headers,
  }
  const body = method === 'GET' || method === 'DELETE' ? {} : { body: '{}' }
  return fetchWorker(`${BASE}${path}`, { method, headers, ...body })
}

/** What an application of this token makes, each under an id of its own. */
async function makeFile(account: Account): Promise<string> {
  const id = `file-${crypto.randomUUID()}`
  const made = await ask(account, 'POST', 'files', { reply: json({ id, object: 'file' }) })
  expect(made.status).toBe(200)
  await made.arrayBuffer()
  return id
}

async function makeResponse(account: Account): Promise<string> {
  const id = `resp_${crypto.randomUUID()}`
  const made = await chat(account, {
    path: `${BASE}responses`,
    body: { model: 'grok-4.3', input: 'Hi' },
    reply: json({ ...RESPONSE, id }),
  })
  expect(made.status).toBe(200)
  await made.arrayBuffer()
  return id
}

const codeOf = async (response: Response): Promise<string> =>
  (await response.json<{ error: { code: string } }>()).error.code

test('a new token is for inference, unless it is made for all', async () => {
  const plain = await tokenOf()
  const { tokens } = await (
    await api(owner, 'GET', '/tokens')
  ).json<{ tokens: { id: string; scope: string }[] }>()
  expect(tokens.find(({ id }) => id === plain.tokenId)?.scope).toBe('inference')
  expect(tokens.find(({ id }) => id === owner.tokenId)?.scope).toBe('all')
  const wrong = await api(owner, 'POST', '/tokens', { name: 'x', scope: 'everything' })
  expect(wrong.status).toBe(400)
})

const LISTS = ['files', 'batches', 'custom-voices', 'api-key', 'me', 'skills', 'skills/pdf']

test('what concerns the whole account at xAI takes the scope all', async () => {
  const inference = await tokenOf('inference')
  for (const path of LISTS) {
    const refused = await ask(inference, 'GET', path)
    expect([path, refused.status]).toEqual([path, 403])
    expect(await codeOf(refused)).toBe('token_scope')
    expect(await rowOf(owner, refused)).toMatchObject({ outcome: 'refused', status: 403 })
    expect([path, (await ask(owner, 'GET', path)).status]).not.toEqual([path, 403])
  }
  expect((await ask(inference, 'GET', 'models')).status).toBe(200)
  expect((await ask(inference, 'GET', 'tts/voices')).status).toBe(200)
})

test('every endpoint with the id of an object belongs to its maker, or to the scope all', () => {
  const ofAccounts = /^(responses|files|batches|videos|images|custom-voices|chat)\b.*\{id\}/
  for (const [key, { access, refusal }] of Object.entries(ENDPOINTS)) {
    const name = key.replace(/^[A-Z]+ /, '')
    if (ofAccounts.test(name) && refusal === null) expect([key, access]).toEqual([key, 'own'])
  }
})

test('a file is that of the token which made it', async () => {
  const [maker, other] = [await tokenOf('inference'), await tokenOf('inference')]
  const id = await makeFile(maker)
  // At once: nobody waits for the note.
  expect((await ask(maker, 'GET', `files/${id}`)).status).toBe(200)
  for (const [method, path] of [
    ['GET', `files/${id}`],
    ['GET', `files/${id}/content`],
    ['DELETE', `files/${id}`],
  ] as const) {
    const refused = await ask(other, method, path)
    expect(refused.status).toBe(404)
    expect(await codeOf(refused)).toBe('not_found')
  }
  expect((await ask(owner, 'GET', `files/${id}`)).status).toBe(200)
  // What was made elsewhere, or by a token of the scope all, it did not make.
  expect((await ask(maker, 'GET', `files/${await makeFile(owner)}`)).status).toBe(404)
  expect((await ask(maker, 'DELETE', `files/${id}`)).status).toBe(200)
  await expect
    .poll(() => env.DB.prepare('SELECT 1 FROM objects WHERE id = ?1').bind(id).first())
    .toBeNull()
})

test('a response, and what continues it, is that of the token which made it', async () => {
  const [maker, other] = [await tokenOf('inference'), await tokenOf('inference')]
  const id = await makeResponse(maker)
  expect((await ask(maker, 'GET', `responses/${id}`)).status).toBe(200)
  expect((await ask(other, 'GET', `responses/${id}`)).status).toBe(404)
  expect((await ask(other, 'GET', `responses/${id}/input_items`)).status).toBe(404)
  expect((await ask(other, 'DELETE', `responses/${id}`)).status).toBe(404)
  const body = { model: 'grok-4.3', input: 'Say it again', previous_response_id: id }
  const path = `${BASE}responses`
  expect((await chat(maker, { path, body })).status).toBe(200)
  const refused = await chat(other, { path, body })
  expect(refused.status).toBe(404)
  expect(await refused.text()).not.toContain(RESPONSE.output[0]?.id)
  expect((await chat(owner, { path, body })).status).toBe(200)
})

test('work at xAI is that of the token which began it', async () => {
  const [maker, other] = [await tokenOf('inference'), await tokenOf('inference')]
  const id = crypto.randomUUID()
  const begun = await chat(maker, {
    path: `${BASE}videos/generations`,
    body: { model: 'grok-imagine-video', prompt: 'A lighthouse' },
    reply: json({ request_id: id }),
  })
  await begun.arrayBuffer()
  expect((await ask(maker, 'GET', `videos/${id}`)).status).toBe(202)
  expect((await ask(other, 'GET', `videos/${id}`)).status).toBe(404)
})

test('a stream’s response is its maker’s as soon as it has ended', async () => {
  const maker = await tokenOf('inference')
  const streamed = await chat(maker, {
    path: `${BASE}responses`,
    body: { model: 'grok-4.3', input: 'Hi', stream: true },
  })
  const text = await streamed.text()
  const id = /"id":"(resp[^"]+|[0-9a-f-]{36})"/.exec(text)?.[1]
  expect((await ask(maker, 'GET', `responses/${id}`)).status).toBe(200)
})

test('whoever pays with a key of its own may do with it what it likes', async () => {
  const { token } = await tokenOf('inference')
  const headers = { authorization: `Bearer ${XAI_KEY}`, 'x-metrion-token': token }
  expect((await fetchWorker(`${BASE}files`, { headers })).status).toBe(200)
})

test('the token in the place of another has what that one made', async () => {
  const maker = await tokenOf('inference')
  const id = await makeFile(maker)
  const form = new URLSearchParams()
  const headers = { cookie: owner.cookie }
  const replaced = await fetchWorker(`/settings/tokens/${maker.tokenId}/regenerate`, {
    method: 'POST',
    headers,
    body: form,
    redirect: 'manual',
  })
  expect(replaced.headers.get('location')).toContain('regenerated')
  const { token } = (await env.DB.prepare('SELECT token_id AS token FROM objects WHERE id = ?1')
    .bind(id)
    .first<{ token: string }>())!
  expect(token).not.toBe(maker.tokenId)
})

test('another scope holds at once, and is written down', async () => {
  const token = await tokenOf('inference')
  expect((await ask(token, 'GET', 'files')).status).toBe(403)
  const path = `/tokens/${token.tokenId}`
  expect((await api(owner, 'PATCH', path, { scope: 'all' })).status).toBe(200)
  expect((await ask(token, 'GET', 'files')).status).toBe(200)
  expect((await api(owner, 'PATCH', path, { scope: 'inference' })).status).toBe(200)
  expect((await ask(token, 'GET', 'files')).status).toBe(403)
  const stranger = await makeAccount()
  expect((await api(stranger, 'PATCH', path, { scope: 'all' })).status).toBe(404)
  const audit = await fetchWorker('/settings/audit', { headers: { cookie: owner.cookie } })
  expect(await audit.text()).toContain('changed the scope of the token')
})

test('where D1 does not say whose an object is, nobody gets it', async () => {
  const maker = await tokenOf('inference')
  // The caller is remembered; the object is not.
  await (await chat(maker)).arrayBuffer()
  const headers = { authorization: `Bearer ${maker.token}` }
  const answered = await fetchIn(envWithout(['DB']), `${BASE}files/file-1`, { headers })
  expect(answered.status).toBe(503)
})

test('what xAI keeps for thirty days is forgotten after those', async () => {
  const maker = await tokenOf('inference')
  const [response, file] = [await makeResponse(maker), await makeFile(maker)]
  const noted = (id: string): Promise<unknown> =>
    env.DB.prepare('SELECT 1 FROM objects WHERE id = ?1').bind(id).first()
  await expect.poll(() => noted(response)).not.toBeNull()
  await runJobs(CRONS.nightly, env, Date.now() + 32 * 86_400_000).catch(() => {})
  expect(await noted(response)).toBeNull()
  expect(await noted(file)).not.toBeNull()
})
