import { env } from 'cloudflare:workers'
import { expect, test, vi } from 'vitest'
import { runJobs } from '../../../src/jobs/run.ts'
import { CRONS } from '../../../src/ledger/crons.ts'
import {
  deliverObjectNotes,
  isCreatorOfAll,
  noteObjects,
} from '../../../src/credentials/objects/store.ts'
import { ENDPOINTS } from '../../../src/xai/endpoints.ts'
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
  memberOf,
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

test('a token with a new secret keeps what it has made', async () => {
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
  expect(token).toBe(maker.tokenId)
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

test('files that a body names are its maker’s, wherever and however they stand in it', async () => {
  const [maker, other] = [await tokenOf('inference'), await tokenOf('inference')]
  const id = await makeFile(maker)
  const named = (name: string): string =>
    `{"model":"grok-4.3","input":[{"role":"user","content":[{"type":"input_file","${name}":"${id}"}]}]}`
  const path = `${BASE}responses`
  for (const name of ['file_id', '\\u0066ile_id']) {
    expect((await chat(maker, { path, body: named(name) })).status).toBe(200)
    expect((await chat(other, { path, body: named(name) })).status).toBe(404)
    expect((await chat(owner, { path, body: named(name) })).status).toBe(200)
  }
  const deep = `{"model":"grok-4.3","input":${'['.repeat(200)}{"file_id":"${id}"}${']'.repeat(200)}}`
  expect((await chat(other, { path, body: deep })).status).toBe(404)
  const many = Array.from({ length: 600 }, (_, n) => ({ file_id: `file-${n}` }))
  const crowd = await chat(maker, { path, body: { model: 'grok-4.3', input: many } })
  expect(crowd.status).toBe(400)
  const list = { model: 'grok-4.3', input: 'Hi', tools: [{ type: 'x', file_ids: [id] }] }
  expect((await chat(other, { path, body: list })).status).toBe(404)
})

interface Talk {
  say: (event: object) => void
  heard: string[]
  close: () => void
}

async function talk(account: Account, path: string): Promise<Talk> {
  const headers = { upgrade: 'websocket', authorization: `Bearer ${account.token}` }
  const { webSocket: socket } = await fetchWorker(`${BASE}${path}`, { headers })
  if (!socket) throw new Error('no socket')
  const heard: string[] = []
  socket.addEventListener('message', ({ data }) => void heard.push(String(data)))
  socket.accept()
  return {
    say: (event) => socket.send(JSON.stringify(event)),
    heard,
    close: () => socket.close(1000),
  }
}

test('a socket continues no answer of another token, and keeps the order of what is said', async () => {
  const [maker, other] = [await tokenOf('inference'), await tokenOf('inference')]
  const id = await makeResponse(maker)
  const ask = (more: object): object => ({
    type: 'response.create',
    model: 'grok-4.3',
    input: 'Hi',
    ...more,
  })
  const batch = `${BASE}batches/batch-1/requests`
  await noteObjects(env, [
    { ...(await memberOf(owner)), id: 'batch-1', tokenId: other.tokenId, keeping: 'days' },
  ])
  const listed = await fetchWorker(batch, { headers: { authorization: `Bearer ${other.token}` } })
  expect(listed.status).not.toBe(400)
  const inBatch = { batch_requests: [{ responses: { previous_response_id: id } }] }
  expect((await chat(other, { path: batch, body: inBatch })).status).toBe(404)
  const strange = await talk(other, 'responses')
  strange.say(ask({ previous_response_id: id }))
  strange.say(ask({ model: 'grok-4.20' }))
  await expect.poll(() => strange.heard.at(-1)).toContain('response.completed')
  expect(strange.heard[0]).toContain('"code":"not_found"')
  expect(strange.heard.filter((event) => event.includes('response.completed'))).toHaveLength(1)
  strange.close()
  const own = await talk(maker, 'responses')
  own.say(ask({ previous_response_id: id }))
  await expect.poll(() => own.heard.at(-1)).toContain('response.completed')
  own.close()
})

test('a call that is under way is joined with the scope all alone', async () => {
  const inference = await tokenOf('inference')
  const headers = (account: Account): Record<string, string> => ({
    upgrade: 'websocket',
    authorization: `Bearer ${account.token}`,
  })
  const join = async (account: Account): Promise<number> => {
    const answered = await fetchWorker(`${BASE}realtime?call_id=c1`, { headers: headers(account) })
    answered.webSocket?.accept()
    answered.webSocket?.close()
    return answered.status
  }
  expect([await join(inference), await join(owner)]).toEqual([403, 101])
})

test('what a token has made before its scope was narrowed stays its own', async () => {
  const token = await tokenOf('all')
  const [file, response] = [await makeFile(token), await makeResponse(token)]
  await expect
    .poll(() =>
      env.LEDGER.prepare('SELECT 1 FROM requests WHERE response_id = ?1').bind(response).first(),
    )
    .not.toBeNull()
  await api(owner, 'PATCH', `/tokens/${token.tokenId}`, { scope: 'inference' })
  expect((await ask(token, 'GET', `files/${file}`)).status).toBe(200)
  expect((await ask(token, 'GET', `responses/${response}`)).status).toBe(200)
  expect((await ask(token, 'GET', `files/${await makeFile(owner)}`)).status).toBe(404)
})

test('what is made while D1 is out is its maker’s once it is back', async () => {
  vi.spyOn(console, 'error').mockImplementation(() => {})
  const { accountId } = await memberOf(owner)
  const { tokenId } = await tokenOf('inference')
  const made = { accountId, id: `file-${crypto.randomUUID()}`, tokenId }
  await noteObjects(envWithout(['DB']), [{ ...made, keeping: 'until-deleted' }])
  const noted = (): Promise<unknown> =>
    env.DB.prepare('SELECT token_id FROM objects WHERE id = ?1').bind(made.id).first('token_id')
  expect(await noted()).toBeNull()
  await deliverObjectNotes(env)
  expect(await noted()).toBe(tokenId)
  vi.restoreAllMocks()
})

test('what a token made that another one has replaced, as older versions did, is that one’s', async () => {
  const { accountId } = await memberOf(owner)
  const [maker, heir] = [await tokenOf('inference'), await tokenOf('inference')]
  await env.DB.prepare('UPDATE tokens SET replaced_by = ?2 WHERE id = ?1')
    .bind(maker.tokenId, heir.tokenId)
    .run()
  const made = { accountId, id: crypto.randomUUID(), tokenId: maker.tokenId }
  await noteObjects(env, [{ ...made, keeping: 'days' }])
  expect(await isCreatorOfAll(env, { accountId, tokenId: heir.tokenId }, [made.id])).toBe(true)
})

// The last one: sessions end, too.
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
