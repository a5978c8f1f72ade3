import { execFile } from 'node:child_process'
import { chmod, mkdtemp, readdir, readFile, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { expect, test } from 'vitest'
import { CHANGES_SUMS } from '../../src/schema/version.ts'

interface Deployment {
  code: number
  output: string
  /** What wrangler was asked to do, one call a line. */
  calls: string[]
}

/** Runs `npm run deploy` with a wrangler that only takes notes, and answers `secret list` as told. */
async function deploy(
  secretList: { exit: number; says: string },
  args: string[] = [],
  queues: { exit: number; says: string } = { exit: 0, says: 'Created queue' },
  /** The command that fails, as it begins. */
  failing = 'nothing',
  /** What it says of the migrations of the ledger. */
  applied = 'No migrations to apply!',
): Promise<Deployment> {
  const folder = await mkdtemp(join(tmpdir(), 'metrion-deploy-'))
  const fake = join(folder, 'wrangler')
  const log = join(folder, 'calls')
  await writeFile(log, '')
  await writeFile(
    fake,
    `#!/bin/sh\necho "$*" >> '${log}'\nif [ "$1 $2" = 'secret list' ]; then echo '${secretList.says}'; exit ${secretList.exit}; fi\nif [ "$1 $2" = 'queues create' ]; then echo '${queues.says}'; exit ${queues.exit}; fi\ncase "$*" in '${failing}'*) exit 1;; 'd1 migrations apply LEDGER'*) echo '${applied}';; esac\n`,
  )
  await chmod(fake, 0o755)
  return new Promise((resolve) => {
    const env = { ...process.env, PATH: `${folder}${delimiter}${process.env['PATH']}` }
    execFile(process.execPath, ['src/cli/deploy.ts', ...args], { env }, (error, stdout, stderr) => {
      void readFile(log, 'utf8').then((text) => {
        const calls = text.trim().split('\n').filter(Boolean)
        resolve({ code: error ? 1 : 0, output: stdout + stderr, calls })
      })
    })
  })
}

const QUEUES = ['ledger', 'ledger-dead', 'alerts'].map((name) => `queues create metrion-${name}`)
const LATER = { exit: 0, says: '[{"name":"MASTER_KEYS"}]' }

test('queues that are there already are taken as they are; other trouble ends the deployment', async () => {
  const taken = { exit: 1, says: 'Queue name is already taken. [code: 11009]' }
  expect((await deploy(LATER, [], taken)).code).toBe(0)
  const { code, output, calls } = await deploy(LATER, [], { exit: 1, says: 'Authentication error' })
  expect(code).toBe(1)
  expect(output).toContain('Cannot make the queue metrion-ledger')
  expect(calls).not.toContain('deploy')
})

test('the first deployment makes a master key, deploys, then migrates by binding', async () => {
  const { code, output, calls } = await deploy({
    exit: 1,
    says: 'This Worker does not exist on your account. [code: 10007]',
  })
  expect(code).toBe(0)
  expect(calls.map((call) => call.replace(/file \S+/, 'file F'))).toEqual([
    'secret list --format json',
    ...QUEUES,
    'deploy --secrets-file F',
    'd1 migrations apply DB --remote',
    'd1 migrations apply LEDGER --remote',
  ])
  expect(output).toMatch(/keep it safe\.\s+1:[A-Za-z0-9+/]{43}=/)
})

const FIRST = { exit: 1, says: 'This Worker does not exist on your account. [code: 10007]' }

test.each(['queues create', 'deploy', 'd1 migrations apply DB', 'd1 migrations apply LEDGER'])(
  'the master key is shown, or saved, before "%s" can fail',
  async (failing) => {
    const queues =
      failing === 'queues create' ? { exit: 1, says: 'Authentication error' } : undefined
    const shown = await deploy(FIRST, [], queues, failing)
    expect(shown.code).toBe(1)
    expect(shown.output).toMatch(/keep it safe\.\s+1:[A-Za-z0-9+/]{43}=/)

    const file = join(await mkdtemp(join(tmpdir(), 'metrion-key-')), 'key')
    const saved = await deploy(FIRST, ['--key-file', file], queues, failing)
    expect(saved.code).toBe(1)
    const key = await readFile(file, 'utf8')
    expect(key).toMatch(/^1:[A-Za-z0-9+/]{43}=\n$/)
    expect(saved.output).not.toContain(key.trim())
    // The next run goes on with the same key.
    const again = await deploy(FIRST, ['--key-file', file])
    expect(again.code).toBe(0)
    expect(await readFile(file, 'utf8')).toBe(key)
    expect(again.calls.some((call) => call.includes('--key-file'))).toBe(false)
  },
)

test('a key file without a path is refused before anything is done', async () => {
  const { code, output, calls } = await deploy(FIRST, ['--key-file'])
  expect({ code, calls }).toEqual({ code: 1, calls: [] })
  expect(output).toContain('--key-file needs a path')
})

test('a later deployment keeps the master key, and migrates before it deploys', async () => {
  const { code, output, calls } = await deploy(LATER)
  expect(code).toBe(0)
  expect(calls).toEqual([
    'secret list --format json',
    ...QUEUES,
    'd1 migrations apply DB --remote',
    'd1 migrations apply LEDGER --remote',
    'deploy',
  ])
  expect(output).not.toContain('keep it safe')
})

test('after an upgrade that changes the sums, it says how to make them anew', async () => {
  const words = 'npm run ledger -- rebuild --remote --from'
  const changed = await deploy(LATER, [], undefined, undefined, '0010_every_figure.sql applied')
  expect(changed.code).toBe(0)
  expect(changed.output).toContain(words)
  const others = await deploy(LATER, [], undefined, undefined, '0011_bounded.sql applied')
  expect(others.output).not.toContain(words)
  expect(
    (await deploy(FIRST, [], undefined, undefined, '0010_every_figure.sql')).output,
  ).not.toContain(words)
})

test('every migration that touches what keeps the sums is known to change them or not', async () => {
  const names = (await readdir('migrations/ledger')).filter((name) => name.endsWith('.sql'))
  const keepsSums = /CREATE (VIEW `?rolled_up|TRIGGER `?(roll_up|rollup_of_\w+))/
  const touching: string[] = []
  for (const name of names)
    if (keepsSums.test(await readFile(join('migrations/ledger', name), 'utf8'))) touching.push(name)
  expect(Object.keys(CHANGES_SUMS)).toEqual(touching.toSorted())
})

test.each(['fetch failed', 'Resource not found', 'Authentication error [code: 10000]'])(
  'where it cannot tell (%s), it touches nothing',
  async (says) => {
    const { code, output, calls } = await deploy({ exit: 1, says })
    expect(code).toBe(1)
    expect(calls).toEqual(['secret list --format json'])
    expect(output).toContain('Cannot tell whether MASTER_KEYS is set')
  },
)
