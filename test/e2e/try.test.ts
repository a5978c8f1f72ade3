import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import OpenAI from 'openai'
import { afterAll, beforeAll, expect, inject, test } from 'vitest'
import { readConfig } from '../../src/cli/deploy/config.ts'
import { startLocal, type LocalWorker } from '../../src/cli/local.ts'
import { localPaths } from '../../src/cli/paths.ts'
import { OWN_MIGRATIONS } from '../../src/schema/version.ts'
import { writeTryConfig } from '../../src/cli/try/config.ts'
import { freePort } from '../free-port.ts'
import { rowOf, signIn, type Operator } from './operator.ts'

let worker: LocalWorker
let operator: Operator
let state = ''

/** What `npm run try` deploys, on this machine: one database, and no optional binding. */
beforeAll(async () => {
  state = await mkdtemp(join(tmpdir(), 'metrion-try-'))
  worker = await startLocal({
    port: await freePort(),
    xaiBaseUrl: inject('xaiUrl'),
    config: await writeTryConfig(await readConfig(), '99999999-8888-7777-6666-555555555555'),
    migrationTables: OWN_MIGRATIONS,
    ...localPaths(state),
    onLog: () => {},
  })
  operator = await signIn(worker.url, worker.code ?? '', 'Ada')
})
afterAll(async () => {
  await worker.stop()
  await rm(state, { recursive: true, force: true })
})

const page = async (path: string): Promise<string> => {
  const headers = { cookie: operator.cookie, accept: 'text/html' }
  const response = await fetch(`${worker.url}${path}`, { headers })
  expect([path, response.status]).toEqual([path, 200])
  return response.text()
}

test('it is healthy, serves and meters', async () => {
  expect((await fetch(`${worker.url}/healthz`)).status).toBe(200)
  const created = await operator.call('POST', '/tokens', { name: 'try' })
  const { token } = (await created.json()) as { token: string }
  await operator.call('PUT', '/provider-keys/grok', { key: 'xai-try-0123456789' })
  const client = new OpenAI({ baseURL: `${worker.url}/api/proxy/grok`, apiKey: token })
  const { response } = await client.chat.completions
    .create({ model: 'grok-4.3', messages: [{ role: 'user', content: 'Hello' }] })
    .withResponse()
  const row = await rowOf(operator, response.headers.get('x-metrion-request-id') ?? '')
  expect(row).toMatchObject({ outcome: 'complete', costBasis: 'reported' })
  expect(await page('/logs')).toContain('grok-4.3')
  await page('/dashboard')
})

test('it says what it does without', async () => {
  const health = await page('/health')
  for (const name of ['SPEND', 'ANALYTICS', 'SIGN_IN_LIMIT', 'CRONS'])
    expect(health).toContain(`${name}: not in this deployment.`)
  expect(await page('/limits')).toContain('Budgets and rate limits are not available')
})
