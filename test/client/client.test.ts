import { readFile } from 'node:fs/promises'
import { Validator } from '@seriousme/openapi-schema-validator'
import createClient from 'openapi-fetch'
import { beforeAll, expect, test } from 'vitest'
import { OPERATIONS } from '../../src/pages/reference/operations.ts'
import { openai, operator, token, ways, workerUrl } from '../e2e/world.ts'
import { rowOf } from '../e2e/operator.ts'
import type { paths } from './api.d.ts'
import { generateTypes, TYPES_FILE } from './generate.ts'

/** A token as the Settings page makes it. */
async function makeApiToken(scopes: readonly string[]): Promise<string> {
  const form = new URLSearchParams({ name: `reads ${scopes.join(' and ')}` })
  for (const scope of scopes) form.set(scope, 'on')
  const response = await fetch(`${workerUrl}/settings/api-tokens`, {
    method: 'POST',
    headers: { cookie: operator.cookie },
    body: form,
  })
  return /mk-metrion-[0-9a-f]{32}/.exec(await response.text())?.[0] ?? ''
}

const clientOf = (apiToken: string) =>
  createClient<paths>({
    baseUrl: `${workerUrl}/api/v1`,
    headers: { authorization: `Bearer ${apiToken}` },
  })

const client = clientOf(await makeApiToken(['usage', 'requests']))
const from = new Date(Date.now() - 3_600_000).toISOString()
let id = ''

beforeAll(async () => {
  const { proxied } = await ways(null)
  const asked = openai(proxied['stored']!).chat.completions.create(
    { model: 'grok-4.3', messages: [{ role: 'user', content: 'Hi' }] },
    {
      headers: {
        'x-metrion-user': 'client-test',
        'x-metrion-session': 'client-session',
        'x-metrion-tags': 'client=test',
      },
    },
  )
  const { response } = await asked.withResponse()
  id = response.headers.get('x-metrion-request-id') ?? ''
  await rowOf(operator, id)
  const refused = await fetch(`${workerUrl}/api/proxy/grok/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'x-metrion-user': 'client-test' },
    body: '{"model":"grok-4.3"',
  })
  await rowOf(operator, refused.headers.get('x-metrion-request-id') ?? '')
})

test('the document is valid OpenAPI 3.1, open to generators, and the client is made from it', async () => {
  const served = (await (await fetch(`${workerUrl}/api/v1/openapi.json`)).json()) as Record<
    string,
    unknown
  >
  const validator = new Validator()
  expect(await validator.validate(structuredClone(served))).toEqual({ valid: true })
  expect(validator.version).toBe('3.1')
  expect(await generateTypes(), 'run npm run api-types').toBe(await readFile(TYPES_FILE, 'utf8'))
})

test('the client asks every route there is, by token', async () => {
  const asked: string[] = []
  const note = <T extends { data?: unknown; error?: unknown; response: Response }>(
    answer: T,
  ): T => {
    const path = new URL(answer.response.url).pathname.replace('/api/v1', '')
    asked.push(path.replace(id, '{id}'))
    expect(answer.error).toBeUndefined()
    return answer
  }
  const requester = ['client-test']

  const listed = note(
    await client.GET('/requests', { params: { query: { requester, limit: 10, from } } }),
  )
  expect(listed.data?.requests.map(({ requester }) => requester)).toEqual([
    'client-test',
    'client-test',
  ])
  const found = note(await client.GET('/requests/{id}', { params: { path: { id } } }))
  expect(found.data).toMatchObject({ id, model: 'grok-4.3', costBasis: 'reported' })

  const query = { from, requester }
  const usage = note(
    await client.GET('/usage', {
      params: { query: { ...query, groupBy: 'model', interval: 'hour', zone: 'Europe/Zurich' } },
    }),
  )
  expect(usage.data?.total.costTicks).toBe(found.data?.costTicks)
  expect(usage.data?.groups?.map(({ key }) => key)).toContain('grok-4.3')
  const latency = note(await client.GET('/latency', { params: { query } }))
  expect(latency.data?.totalMs.p50).toBeGreaterThan(0)
  const errors = note(await client.GET('/errors', { params: { query } }))
  expect(errors.data).toMatchObject({ total: 1, codes: [{ status: 400, code: 'invalid_json' }] })

  const csv = note(
    await client.GET('/requests.csv', { params: { query: { requester } }, parseAs: 'text' }),
  )
  expect(csv.data?.trim().split('\r\n')).toHaveLength(3)
  const ndjson = note(
    await client.GET('/requests.ndjson', { params: { query: { requester } }, parseAs: 'text' }),
  )
  expect(
    ndjson.data
      ?.trim()
      .split('\n')
      .map((line) => JSON.parse(line) as unknown),
  ).toEqual(listed.data?.requests)
  const focus = note(
    await client.GET('/usage.focus.csv', { params: { query: { from } }, parseAs: 'text' }),
  )
  expect(focus.data).toMatch(/^BilledCost,/)
  const sessions = note(await client.GET('/sessions', { params: { query: { from } } }))
  expect(
    sessions.data?.sessions.map(({ session, requests }) => [session, requests]),
  ).toContainEqual(['client-session', 1])
  const tags = note(await client.GET('/tags', { params: { query: { from, name: 'client' } } }))
  expect(tags.data?.tags.map(({ key, requests }) => [key, requests])).toEqual([['test', 1]])
  expect(asked.toSorted()).toEqual(OPERATIONS.map(({ path }) => path).toSorted())
})

test('what cannot be used is refused in the shape that the document says', async () => {
  const wrong = await client.GET('/usage', { params: { query: { from: 'yesterday' } } })
  expect(wrong.response.status).toBe(400)
  expect(wrong.error?.error.param).toBe('from')
  const unknown = await client.GET('/requests/{id}', { params: { path: { id: 'none' } } })
  expect(unknown.response.status).toBe(404)
  const sumsOnly = clientOf(await makeApiToken(['usage']))
  const kept = await sumsOnly.GET('/requests', { params: { query: {} } })
  expect(kept.response.status).toBe(403)
  expect(kept.error?.error.code).toBe('scope_missing')
  const stranger = clientOf(`mk-metrion-${'0'.repeat(32)}`)
  expect((await stranger.GET('/requests')).response.status).toBe(401)
})
