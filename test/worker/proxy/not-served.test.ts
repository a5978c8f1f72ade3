import { expect, test } from 'vitest'
import { refusalResponse } from '../../../src/http/refusal-response.ts'
import type { Refusal } from '../../../src/http/refusals.ts'
import { ENDPOINTS } from '../../../src/xai/endpoints.ts'
import { matchEndpoint, PREFIX } from '../../../src/xai/match.ts'
import { fetchWorker, makeAccount, rowOf, XAI_KEY } from '../world.ts'

const account = await makeAccount()
const bearer = { authorization: `Bearer ${account.token}` }

const ask = (method: string, path: string, headers: Record<string, string> = bearer) =>
  fetchWorker(`/api/proxy/grok/v1/${path}`, {
    method,
    headers: { 'x-metrion-user': 'ada', ...headers },
    ...(method === 'POST' ? { body: '{}' } : {}),
  })

const CASES: [method: string, path: string, status: number, endpoint: string, nearest: string][] = [
  ['POST', 'audio/speech', 404, '(not served)', 'POST /v1/tts'],
  ['POST', 'audio/transcriptions', 404, '(not served)', 'POST /v1/stt'],
  ['POST', 'messages/count_tokens', 404, '(not served)', 'POST /v1/tokenize-text'],
  ['POST', 'batches/batch-1/cancel', 404, '(not served)', 'POST /v1/batches/{id}:cancel'],
  ['POST', 'chat/completion', 404, '(not served)', 'POST /v1/chat/completions'],
  ['POST', 'response', 404, '(not served)', 'POST /v1/responses'],
  ['GET', 'model', 404, '(not served)', 'GET /v1/models'],
  ['POST', 'embedings', 404, '(not served)', 'POST /v1/embeddings'],
  ['GET', 'moderations', 404, '(not served)', '/v1/'],
  ['GET', 'chat/completions', 405, 'chat/completions', 'use POST /v1/chat/completions'],
  ['HEAD', 'models', 405, 'models', ''],
  ['PUT', 'responses/abc', 405, 'responses/{id}', 'use GET, DELETE /v1/responses/{id}'],
  ['GET', 'realtime', 405, 'realtime', 'use WebSocket /v1/realtime'],
  ['GET', 'x'.repeat(5_000), 404, '(not served)', ''],
  ['GET', '%F0%9F%98%80'.repeat(50), 404, '(not served)', ''],
]

test.each(CASES)('%s %s has a row, and names what is nearest', async (...one) => {
  const [method, path, status, endpoint, nearest] = one
  const answered = await ask(method, path)
  expect(answered.status).toBe(status)
  expect(answered.headers.get('x-should-retry')).toBe('false')
  const body = await answered.text()
  if (method !== 'HEAD') {
    expect(new TextEncoder().encode(body).length).toBeLessThan(300)
    expect(body).toContain(nearest)
    expect(body).toContain('https://metrion.test/reference#endpoints')
  }
  expect(await rowOf(account, answered)).toMatchObject({
    status,
    endpoint,
    outcome: 'refused',
    costBasis: 'none',
    requester: 'ada',
    mode: 'stored',
    errorCode: status === 404 ? 'unknown_endpoint' : 'method_not_allowed',
  })
})

test('it has a row in pass-through mode and without a saved key, too', async () => {
  const headers = { authorization: `Bearer ${XAI_KEY}`, 'x-metrion-token': account.token }
  const passed = await ask('POST', 'audio/speech', headers)
  expect(await rowOf(account, passed)).toMatchObject({ mode: 'pass-through', outcome: 'refused' })
  const keyless = await makeAccount({ key: null })
  const refused = await ask('HEAD', 'models', { authorization: `Bearer ${keyless.token}` })
  expect(await rowOf(keyless, refused)).toMatchObject({ status: 405 })
})

test.each([
  'https://metrion.a-rather-long-account-name.workers.dev',
  `https://${'m.'.repeat(90)}dev`,
])('a refusal is as short on %s', async (origin) => {
  for (const path of ['audio/speech', 'a'.repeat(100), 'chat/deferred-completions/x'])
    for (const method of ['POST', 'OPTIONS']) {
      const url = new URL(`${origin}${PREFIX}/v1/${path}`)
      const refused = refusalResponse(matchEndpoint(method, url) as Refusal)
      const body = await refused.text()
      expect(body.length).toBeLessThan(300)
      expect(body).toMatch(/the nearest is \w+ \/v1\/\S+\. All: \S*\/reference#endpoints/)
      expect(body).toContain(`${method} /v1/${path.slice(0, 8)}`)
    }
})

test('without a valid token there is no row, and the same words', async () => {
  for (const headers of [{}, { authorization: `Bearer sk-metrion-${'0'.repeat(32)}` }]) {
    const refused = await ask('POST', 'audio/speech', headers)
    expect(refused.status).toBe(404)
    expect(refused.headers.get('x-metrion-request-id')).toBeNull()
    expect(await refused.text()).toContain('POST /v1/tts')
  }
})

test('the page that refusals link to lists every endpoint', async () => {
  const page = await fetchWorker('/reference', { headers: { cookie: account.cookie } })
  const html = await page.text()
  expect(html).toContain('id="endpoints"')
  for (const key of Object.keys(ENDPOINTS))
    expect(html).toContain(`<code>${key.split(' ').at(-1)}</code>`)
})
