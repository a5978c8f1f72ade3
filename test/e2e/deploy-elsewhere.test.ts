import { readFile, rm } from 'node:fs/promises'
import { beforeAll, describe, expect, test } from 'vitest'
import { runWith, type Answer } from './note-taking-wrangler.ts'
import { d1, deploy, first, KEY, later, recorded, state, uploaded, url } from './deploy-world.ts'

describe('in Workers Builds, whose logs are kept', () => {
  const CI = { WORKERS_CI: '1' }
  const SECRETS = { MASTER_KEYS: `1:${'m'.repeat(43)}=`, SETUP_CODE: 'the-set-up-code-1234' }

  test('secrets of the button’s page are used, and neither they nor a link are printed', async () => {
    const ran = await deploy(first(), [], { ...CI, ...SECRETS })
    expect(ran.code).toBe(0)
    expect(ran.calls.filter((call) => /^deploy|apply/.test(call))).toEqual([
      'deploy --secrets-file SECRETS',
      'd1 migrations apply DB --remote',
      'd1 migrations apply LEDGER --remote',
    ])
    for (const secret of Object.values(SECRETS)) expect(ran.output).not.toContain(secret)
    expect(ran.output).not.toMatch(/code=|#code|operator/)
    expect(ran.output).toContain(`Open ${url}/join and enter your set-up code`)
    const { calls, output } = await deploy(first(), [], { ...CI, MASTER_KEYS: SECRETS.MASTER_KEYS })
    expect(calls.filter((call) => call.startsWith('deploy'))).toHaveLength(1)
    expect(output).toContain('nobody can sign in yet: make a set-up code')
    // No link and no pass is made at all.
    expect(ran.calls.join('\n')).not.toContain('INSERT')
    await recorded('button', ran)
  })

  test('secrets that the Worker has are kept', async () => {
    const ran = await deploy(later(1), [], { ...CI, ...SECRETS })
    expect(ran.code).toBe(0)
    expect(ran.calls).toContain('d1 migrations apply LEDGER --remote')
    expect(ran.calls.find((call) => call.startsWith('deploy'))).toBe(
      'deploy --secrets-file SECRETS',
    )
    const all = { call: 'secret list', says: '[{"name":"MASTER_KEYS"},{"name":"SETUP_CODE"}]' }
    const { calls } = await deploy([all, ...later()], [], { ...CI, ...SECRETS })
    expect(calls).toContain('deploy')
  })

  test.each([
    ['MASTER_KEYS', 'xyz', 'openssl rand -base64 32'],
    ['SETUP_CODE', 'too-short-a-one', 'openssl rand -hex 16'],
  ])('%s that would not work is refused, and not shown', async (name, value, help) => {
    const ran = await deploy(first(), [], { ...CI, ...SECRETS, [name]: value })
    expect(ran.code).toBe(1)
    expect(ran.output).toContain(name)
    expect(ran.output).toContain(help)
    expect(ran.output).not.toContain(value)
    expect(ran.calls).toEqual(['secret list --format json'])
  })

  test('a later build tells nobody to enter a code that has been used', async () => {
    const all = { call: 'secret list', says: '[{"name":"MASTER_KEYS"},{"name":"SETUP_CODE"}]' }
    const account = {
      call: 'd1 execute DB --remote --yes --json --command SELECT 1 FROM accounts',
      says: d1([{ 1: 1 }]),
    }
    const ran = await deploy([all, account, ...later()], [], { ...CI, ...SECRETS })
    expect(ran.code).toBe(0)
    expect(ran.output).not.toContain('/join')
    expect(ran.output).toContain(`Deployed. Open ${url}/health.`)
  })

  test('a first master key never comes from the log', async () => {
    const ran = await deploy(first(), [], CI)
    expect(ran.code).toBe(1)
    expect(ran.output).toContain('openssl rand -base64 32')
    expect(ran.output).not.toMatch(KEY)
    expect(ran.calls).toEqual(['secret list --format json'])
    await recorded('button-without-key', ran)
  })
})

describe('npm run try', () => {
  const CLAIM = 'https://dash.cloudflare.com/claim/abc'
  const DATABASE = '99999999-8888-7777-6666-555555555555'
  const KEY_FILE = `.wrangler/try-${DATABASE}.key`
  beforeAll(() => rm(KEY_FILE, { force: true }))
  const trying = (): Answer[] => [
    {
      call: 'd1 create metrion-try --temporary',
      says: `Temporary account ready:\n\tClaim within: 60 minutes\n\tClaim URL: ${CLAIM}\n"database_id": "${DATABASE}"`,
    },
    uploaded(),
    {
      call: 'd1 execute DB --remote --config .wrangler/try.json --temporary --yes --json --command INSERT INTO inv',
      says: d1([{ code_hash: 'x' }]),
    },
    { call: 'd1 execute', says: d1([]) },
  ]

  test('deploys with one database and without what a temporary account lacks', async () => {
    const ran = await runWith(trying(), 'src/cli/try.ts')
    expect(ran.code).toBe(0)
    const written = JSON.parse(await readFile('.wrangler/try.json', 'utf8')) as Record<
      string,
      unknown
    >
    expect(written['d1_databases']).toMatchObject([
      { binding: 'DB', database_id: DATABASE, migrations_table: 'accounts_migrations' },
      { binding: 'LEDGER', database_id: DATABASE, migrations_table: 'ledger_migrations' },
    ])
    for (const name of ['durable_objects', 'ratelimits', 'analytics_engine_datasets', 'triggers'])
      expect(written).not.toHaveProperty(name)
    expect(ran.calls.every((call) => call.includes('--temporary'))).toBe(true)
    expect(ran.output).toContain(CLAIM)
    expect(ran.output).toContain(`${url}/join#code=`)
    expect(ran.output).not.toMatch(KEY)
    expect(ran.output).toContain(`The master key of your deployment is in ${KEY_FILE}`)
    expect(await readFile(KEY_FILE, 'utf8')).toMatch(KEY)
    await recorded('try', ran)
  })

  test('a second time in the same hour finds the database', async () => {
    const again = [
      { call: 'd1 create', exit: 1, says: 'A database with that name already exists' },
      { call: 'd1 list', says: JSON.stringify([{ name: 'metrion-try', uuid: DATABASE }]) },
      ...trying(),
    ]
    const key = await readFile(KEY_FILE, 'utf8')
    expect((await runWith(again, 'src/cli/try.ts')).code).toBe(0)
    // What the first run has sealed opens with the same key alone.
    expect(await readFile(KEY_FILE, 'utf8')).toBe(key)
  })

  test('who is logged in is sent to npm run deploy', async () => {
    const says = "You're already authenticated with Cloudflare, so `--temporary` can't be used."
    const ran = await runWith([{ call: 'd1 create', exit: 1, says }], 'src/cli/try.ts')
    expect(ran.code).toBe(1)
    expect(ran.output).toContain('run npm run deploy instead')
  })
})

describe('npm run doctor -- --remote', () => {
  test('knows the address of the last deployment, and fails if a check has failed', async () => {
    await deploy(later())
    const ran = await runWith(
      [{ call: 'd1 execute', says: d1([]) }],
      'src/cli/doctor.ts',
      ['--remote'],
      state,
    )
    expect(ran.code).toBe(1)
    expect(ran.output).toContain('1 failed.')
    await recorded('doctor', ran)
  })

  test('where its pass cannot be written, it says why, and what the Worker tells anybody', async () => {
    const says = 'it’s necessary to set a CLOUDFLARE_API_TOKEN environment variable for Wrangler'
    const ran = await runWith([{ call: 'd1 execute', exit: 1, says }], 'src/cli/doctor.ts', [
      '--remote',
      '--url',
      url,
    ])
    expect(ran.code).toBe(1)
    expect(ran.output).toContain('Doctor: cannot write its pass into the database of accounts')
    expect(ran.output).toContain('run npx wrangler login')
    expect(ran.output).toContain('Clock of this machine: agrees')
  })

  test('without an address it says what to add', async () => {
    const nowhere = { METRION_STATE: `${state.METRION_STATE}/nowhere` }
    const ran = await runWith([], 'src/cli/doctor.ts', ['--remote'], nowhere)
    expect(ran.code).toBe(2)
    expect(ran.output).toContain('add --url')
  })
})
