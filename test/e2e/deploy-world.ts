import { mkdtemp, readdir } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createServer } from 'node:http'
import { afterAll, expect } from 'vitest'
import { queuesOf, readConfig } from '../../src/cli/deploy/config.ts'
import { runWith, type Answer, type Ran } from './note-taking-wrangler.ts'

/** The passes that the doctor came with. */
export const passes: string[] = []
const FINDINGS = [
  { title: 'Settings', state: 'ok', text: 'works', fix: null },
  { title: 'Cron */5 * * * *', state: 'waiting', text: 'has not run yet', fix: null },
  { title: 'xAI', state: 'failed', text: 'xAI could not be reached', fix: 'Check XAI_BASE_URL.' },
]

/** The deployed Worker, as far as commands speak with it. */
const worker = createServer((request, response) => {
  passes.push(request.headers.authorization ?? '')
  const isDoctor = request.url === '/healthz/doctor' && request.method === 'POST'
  response.setHeader('content-type', 'application/json')
  response.end(JSON.stringify(isDoctor ? { findings: FINDINGS } : { ok: true, checks: {} }))
})
await new Promise<void>((resolve) => worker.listen(0, '127.0.0.1', resolve))
const address = worker.address()
export const url = `http://localhost:${typeof address === 'object' ? address?.port : ''}`
afterAll(() => void worker.close())

/** Where the last deployment is remembered. */
export const state = { METRION_STATE: await mkdtemp(join(tmpdir(), 'metrion-state-')) }

const config = await readConfig()
export const QUEUES = queuesOf(config).map((name) => `queues create ${name}`)
export const ALL = Object.fromEntries(
  await Promise.all(
    config.d1_databases.map(async ({ binding, migrations_dir: folder }) => {
      const names = (await readdir(folder)).filter((name) => name.endsWith('.sql'))
      return [binding, names.toSorted()] as const
    }),
  ),
) as Record<'DB' | 'LEDGER', string[]>

export const d1 = (rows: object[]): string => JSON.stringify([{ results: rows, success: true }])
export const applied = (binding: 'DB' | 'LEDGER', without = 0): Answer => ({
  call: `d1 execute ${binding} --remote --yes --json --command SELECT name FROM d1_migrations`,
  says: d1(ALL[binding].slice(0, ALL[binding].length - without).map((name) => ({ name }))),
})
export const VERSION = '11111111-2222-3333-4444-555555555555'

export const NEW_WORKER: Answer = {
  call: 'secret list',
  exit: 1,
  says: 'This Worker does not exist on your account. [code: 10007]',
}
/** Before the first deployment. */
export const NO_DATABASES: Answer[] = (['DB', 'LEDGER'] as const).map((binding) => ({
  call: `d1 execute ${binding} --remote --yes --json --command SELECT name`,
  exit: 1,
  says: `Couldn't find a D1 DB with name or binding '${binding}' in your config or the API.`,
}))
export const OLD_WORKER: Answer = { call: 'secret list', says: '[{"name":"MASTER_KEYS"}]' }
export const LINK_MADE: Answer = {
  call: 'd1 execute DB --remote --yes --json --command INSERT INTO invitations',
  says: d1([{ code_hash: 'x' }]),
}
export const PASS_MADE: Answer = {
  call: 'd1 execute DB --remote --yes --json --command INSERT INTO operator_passes',
  says: d1([]),
}
export const uploaded = (): Answer => ({
  call: 'deploy',
  says: 'Uploaded metrion',
  targets: ['schedule: */5 * * * *', 'Producer for metrion-ledger', url],
})
export const BOOKMARKS: Answer[] = (['DB', 'LEDGER'] as const).map((binding, at) => ({
  call: `d1 time-travel info ${binding}`,
  says: JSON.stringify({ bookmark: `0000000${at}-bookmark` }),
}))
export const RUNNING: Answer[] = [
  { call: 'deployments status', says: `{"versions": [{"version_id": "${VERSION}"}]}` },
  {
    call: `versions view ${VERSION}`,
    says: JSON.stringify({
      resources: { bindings: [{ type: 'plain_text', name: 'RETENTION_DAYS', text: '30' }] },
    }),
  },
]
export const first = (): Answer[] => [
  NEW_WORKER,
  ...NO_DATABASES,
  uploaded(),
  LINK_MADE,
  PASS_MADE,
  { call: 'd1 execute', says: d1([]) },
]
export const later = (without = 0): Answer[] => [
  OLD_WORKER,
  applied('DB'),
  applied('LEDGER', without),
  ...RUNNING,
  ...BOOKMARKS,
  uploaded(),
  { call: 'd1 execute DB', says: d1([]) },
]

export const deploy = (answers: Answer[], args: string[] = [], env = {}): Promise<Ran> =>
  runWith(answers, 'src/cli/deploy.ts', args, { ...state, ...env })

export const KEY = /1:[A-Za-z0-9+/]{43}=/

/** What differs from run to run. */
const masked = (text: string): string =>
  text
    .replaceAll(new RegExp(KEY, 'g'), '1:MASTER-KEY')
    .replaceAll(url, 'https://metrion.ada.workers.dev')
    .replaceAll(/code=[\w-]+/g, 'code=CODE')
    .replaceAll(
      /DAY is the first of them, such as \S+/g,
      'DAY is the first of them, such as 2026-08-29',
    )
    .replaceAll(/\S*metrion-key-\w+\/key/g, 'KEY-FILE')
    // The newest migration is another one every week.
    .replaceAll(/\d{4}_\w+\.sql/g, 'NNNN_name.sql')

/** Holds what the person sees against the recording. */
export const recorded = (name: string, { code, output, calls }: Ran): Promise<void> =>
  expect(
    masked(
      `${output.trimEnd()}\n\n(exit code ${code}; wrangler was asked:)\n${calls.map((call) => call.replace(/'[0-9a-f]{64}', .*|'[0-9a-f]{64}'.*/, '…')).join('\n')}\n`,
    ),
  ).toMatchFileSnapshot(`transcripts/${name}.txt`)
