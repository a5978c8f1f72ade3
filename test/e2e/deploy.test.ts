import { mkdtemp, readdir, readFile, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { changedSettings } from '../../src/cli/deploy/changes.ts'
import { newMasterKey } from '../../src/cli/deploy/master-key.ts'
import { CHANGES_SUMS } from '../../src/schema/version.ts'
import type { Answer } from './note-taking-wrangler.ts'
import {
  ALL,
  applied,
  BOOKMARKS,
  deploy,
  first,
  KEY,
  later,
  LINK_MADE,
  NEW_WORKER,
  NO_DATABASES,
  OLD_WORKER,
  PASS_MADE,
  passes,
  QUEUES,
  recorded,
  RUNNING,
  uploaded,
  url,
  VERSION,
} from './deploy-world.ts'

describe('the first deployment', () => {
  test('makes a master key, deploys, migrates by binding, and ends with a link and the doctor', async () => {
    const ran = await deploy(first())
    expect(ran.code).toBe(0)
    expect(ran.output).toMatch(new RegExp(`keep it safe[^]*${KEY.source}`))
    const asked = ran.calls.filter((call) => !call.includes('SELECT name'))
    expect(asked.slice(0, 7)).toEqual([
      'secret list --format json',
      ...QUEUES,
      'deploy --secrets-file SECRETS',
      'd1 migrations apply DB --remote',
      'd1 migrations apply LEDGER --remote',
    ])
    expect(ran.output).toContain(`${url}/join#code=`)
    expect(ran.output).toContain('FAILED   xAI: xAI could not be reached')
    await recorded('first', ran)
    // The pass is in no output, and the Worker has seen one.
    const pass = passes.at(-1)?.replace('Bearer ', '') ?? ''
    expect(pass).toMatch(/^[\w-]{32}$/)
    expect(ran.output).not.toContain(pass)
  })

  test.each(['queues create', 'deploy', 'd1 migrations apply DB', 'd1 migrations apply LEDGER'])(
    'the master key is shown, or saved, before "%s" can fail, and the next run goes on',
    async (call) => {
      const failing = [
        NEW_WORKER,
        ...NO_DATABASES,
        { call, exit: 1, says: 'Something broke [code: 7777]' },
        uploaded(),
      ]
      const shown = await deploy(failing)
      expect(shown.code).toBe(1)
      expect(shown.output).toMatch(KEY)
      if (call === 'd1 migrations apply DB') await recorded('first-failed', shown)

      const file = join(await mkdtemp(join(tmpdir(), 'metrion-key-')), 'key')
      const saved = await deploy(failing, ['--key-file', file])
      expect(saved.code).toBe(1)
      const key = await readFile(file, 'utf8')
      expect(key).toMatch(/^1:[A-Za-z0-9+/]{43}=\n$/)
      expect((await stat(file)).mode & 0o777).toBe(0o600)
      expect(saved.output).not.toContain(key.trim())

      // If the Worker has the secret already, the next run must not make another key.
      const hasSecret = call.startsWith('d1')
      const none = { says: 'no such table: d1_migrations', exit: 1 }
      const empty = [
        { call: 'd1 execute LEDGER', ...none },
        LINK_MADE,
        PASS_MADE,
        { call: 'd1 execute DB', ...none },
      ]
      const again = await deploy(
        hasSecret ? [OLD_WORKER, ...empty, ...RUNNING, ...BOOKMARKS, uploaded()] : first(),
        ['--key-file', file],
      )
      expect(again.code).toBe(0)
      expect(await readFile(file, 'utf8')).toBe(key)
      expect(again.calls.filter((one) => one.startsWith('d1 migrations apply'))).toHaveLength(2)
      expect(again.calls.some((one) => one.includes('secrets-file'))).toBe(!hasSecret)
      expect(again.calls.join()).not.toContain('key-file')
      if (call === 'd1 migrations apply DB') await recorded('first-repeated', again)
    },
  )

  test('a Worker of that name which is not Metrion stays as it is, unless it is to be replaced', async () => {
    const taken = [{ call: 'secret list', says: '[{"name":"STRIPE_KEY"}]' }, ...first().slice(1)]
    const { code, output, calls } = await deploy(taken)
    expect({ code, calls }).toEqual({ code: 1, calls: ['secret list --format json'] })
    expect(output).toContain('A Worker named metrion exists')
    expect(output).toContain('Nothing was changed')
    expect((await deploy(taken, ['--overwrite'])).code).toBe(0)
  })

  test.each([0, ALL.LEDGER.length])(
    'databases of an earlier deployment need its master key (%i migrations of the ledger missing)',
    async (without) => {
      const used = [NEW_WORKER, applied('DB'), applied('LEDGER', without), ...first()]
      const refused = await deploy(used)
      expect(refused.code).toBe(1)
      expect(refused.output).toContain('opens only with its master key')
      expect(refused.output).toContain('metrion-accounts, metrion-ledger')
      expect(refused.output).not.toMatch(KEY)
      expect(refused.calls.filter((call) => /^deploy|^queues/.test(call))).toEqual([])

      const former = join(await mkdtemp(join(tmpdir(), 'metrion-key-')), 'former')
      await writeFile(former, `${newMasterKey()}\n`)
      const goneOn = await deploy([...used, ...BOOKMARKS], ['--key-file', former])
      expect(goneOn.code).toBe(0)
      expect(goneOn.output).toContain('restore LEDGER --bookmark=00000001-bookmark')
    },
  )

  test('a key file that holds something else is refused, and stays', async () => {
    const file = join(await mkdtemp(join(tmpdir(), 'metrion-key-')), 'readme')
    await writeFile(file, 'hello world, not a key')
    const { code, output, calls } = await deploy(first(), ['--key-file', file])
    expect(code).toBe(1)
    expect(output).toContain('not of the form version:key')
    expect(calls).toEqual(['secret list --format json'])
    expect(await readFile(file, 'utf8')).toBe('hello world, not a key')
  })

  test('an empty key file is filled, and is then closed to others', async () => {
    const file = join(await mkdtemp(join(tmpdir(), 'metrion-key-')), 'key')
    await writeFile(file, '', { mode: 0o644 })
    expect((await deploy(first(), ['--key-file', file])).code).toBe(0)
    expect(await readFile(file, 'utf8')).toMatch(KEY)
    expect((await stat(file)).mode & 0o777).toBe(0o600)
  })

  test('ended by the person while it uploads, it leaves no secret behind', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'metrion-ended-'))
    const ended = { call: 'deploy', isEnded: true }
    const ran = await deploy([NEW_WORKER, ...NO_DATABASES, ended], [], { TMPDIR: folder })
    expect(ran.code).toBe(130)
    const left = await readdir(folder, { recursive: true })
    expect(left.filter((name) => name.includes('secrets'))).toEqual([])
  })

  test('on Free, which keeps messages for a day, a queue is created so', async () => {
    const long = {
      call: 'queues create metrion-ledger',
      exit: 1,
      says: 'message_retention_period must be at most 86400 on the free plan',
    }
    const short = { call: 'queues create metrion-ledger --message-retention-period-secs 86400' }
    const { calls } = await deploy([short, long, ...first()])
    expect(calls).toContain('queues create metrion-ledger --message-retention-period-secs 86400')
  })
})

const ID = 'abcdef0123456789abcdef0123456789'
test.each<[string, Answer, RegExp]>([
  [
    'no login',
    {
      call: 'secret list',
      says: "it's necessary to set a CLOUDFLARE_API_TOKEN environment variable for Wrangler to work",
    },
    /run npx wrangler login/,
  ],
  [
    'several accounts',
    {
      call: 'secret list',
      says: `More than one account available but unable to select one in non-interactive mode.\nAvailable accounts are:\n  \`Ada\`: \`${ID}\``,
    },
    new RegExp(`export CLOUDFLARE_ACCOUNT_ID=…\\n {2}\`Ada\`: \`${ID}\``),
  ],
  [
    'no workers.dev subdomain',
    {
      call: 'deploy',
      says: `You can either deploy your worker to one or more routes, or register a workers.dev subdomain here:\nhttps://dash.cloudflare.com/${ID}/workers/onboarding`,
    },
    new RegExp(`https://dash\\.cloudflare\\.com/${ID}/workers/onboarding`),
  ],
  [
    'no queues',
    {
      call: 'queues create',
      says: `Queues are unavailable on the free plan. https://dash.cloudflare.com/${ID}/workers/plans [code: 100129]`,
    },
    new RegExp(`open https://dash.cloudflare.com/${ID}/workers/queues once`),
  ],
  [
    'a queue that another Worker consumes',
    { call: 'deploy', says: 'workers.api.error.consumer_exists [code: 11004]' },
    /give the queues in wrangler.toml other names/,
  ],
  [
    'too many databases',
    {
      call: 'deploy',
      says: 'You have reached the maximum number of D1 databases for your account.',
    },
    /no room for two more D1 databases/,
  ],
  [
    'an account that does not exist',
    { call: 'secret list', says: 'Could not route to /accounts/x/workers [code: 7003]' },
    /correct CLOUDFLARE_ACCOUNT_ID/,
  ],
  [
    'a namespace that is there',
    {
      call: 'deploy',
      says: 'a namespace with this account ID and title already exists [code: 10014]',
    },
    /give its id under \[\[kv_namespaces\]\]/,
  ],
  [
    'too many crons',
    {
      call: 'deploy',
      says: 'This account has reached the Workers Free limit of 5 cron triggers per account. [code: 10072]',
    },
    /no room for three more crons/,
  ],
  [
    'a token without rights',
    { call: 'secret list', says: 'Authentication error [code: 10000]' },
    /give the token the permissions/,
  ],
  ['no network', { call: 'secret list', says: 'fetch failed' }, /check the network/],
  [
    'an old Node',
    { call: 'secret list', says: 'Wrangler requires at least Node.js v22.0.0.' },
    /run npm ci/,
  ],
  ['what nobody knows', { call: 'secret list', says: 'Resource not found' }, /Resource not found/],
])('%s: says what to do, and what is deployed stays', async (_, trouble, words) => {
  const ran = await deploy([{ exit: 1, ...trouble }, ...first()])
  expect(ran.code).toBe(1)
  expect(ran.output).toMatch(words)
  expect(ran.output).not.toMatch(/^\s+at /m)
  if (trouble.call === 'secret list') {
    expect(ran.calls).toEqual(['secret list --format json'])
    expect(ran.output).toContain('nothing was changed')
  }
})

describe('an upgrade', () => {
  test('shows what changes and the way back, takes bookmarks, migrates, then deploys', async () => {
    const ran = await deploy(later(1))
    expect(ran.code).toBe(0)
    expect(ran.output).toContain(ALL.LEDGER.at(-1))
    expect(ran.output).toContain('RETENTION_DAYS: 30 → (default)')
    expect(ran.output).toContain(`npx wrangler rollback ${VERSION}`)
    expect(ran.output).toContain('restore LEDGER --bookmark=00000001-bookmark')
    expect(ran.output).not.toMatch(KEY)
    const order = [/^d1 time-travel info DB/, /^d1 migrations apply DB/, /^deploy$/].map((call) =>
      ran.calls.findIndex((one) => call.test(one)),
    )
    expect(order).toEqual(order.toSorted((a, b) => a - b))
    expect(order).not.toContain(-1)
    await recorded('upgrade', ran)
  })

  test('a key file is not used where the key is set, and that is said', async () => {
    const file = join(await mkdtemp(join(tmpdir(), 'metrion-key-')), 'key')
    const { code, output } = await deploy(later(), ['--key-file', file])
    expect(code).toBe(0)
    expect(output).toContain(`${file} stays as it is`)
    await expect(stat(file)).rejects.toThrow('ENOENT')
  })

  test('a first deployment of which one database was migrated goes on', async () => {
    const half = [
      OLD_WORKER,
      applied('DB'),
      applied('LEDGER', ALL.LEDGER.length),
      ...later().slice(3),
    ]
    const { code, output } = await deploy(half)
    expect(code).toBe(0)
    expect(output).toContain('Going on with the first deployment')
    expect(output).not.toContain('rebuild')
  })

  test('sums that have to be made anew are told of before a migration can fail', async () => {
    const changing = ALL.LEDGER.findIndex((name) => name === '0020_sums.sql')
    const failing = { call: 'd1 migrations apply', exit: 1, says: 'Something broke' }
    const ran = await deploy([failing, ...later(ALL.LEDGER.length - changing)])
    expect(ran.code).toBe(1)
    expect(ran.output).toContain('npm run ledger -- rebuild --remote --from')
  })

  test('without a bookmark nothing is changed, unless none is asked for', async () => {
    const broken = [{ call: 'd1 time-travel', exit: 1, says: 'Time Travel is down' }, ...later(1)]
    const { code, calls } = await deploy(broken)
    expect(code).toBe(1)
    expect(calls.join('\n')).not.toMatch(/apply|^deploy$/m)
    expect((await deploy(broken, ['--no-bookmark'])).code).toBe(0)
  })

  test('says how to make sums anew, where they change', async () => {
    const words = 'npm run ledger -- rebuild --remote --from'
    const changing = ALL.LEDGER.findIndex((name) => name === '0020_sums.sql')
    expect((await deploy(later(ALL.LEDGER.length - changing))).output).toContain(words)
    expect((await deploy(later(1))).output).not.toContain(words)
    expect((await deploy(first())).output).not.toContain(words)
  })

  test('fails only if the Worker does not answer; what the doctor finds is printed', async () => {
    const away = { ...uploaded(), targets: ['http://localhost:1'] }
    const ran = await deploy([away, ...later()], ['--wait', '1'])
    expect(ran.code).toBe(1)
    expect(ran.output).toContain('The Worker does not answer at http://localhost:1/healthz')
  })

  test('settings that only the dashboard knows are shown before they are lost', () => {
    const before = { PLAN: 'paid', SIGNUP: 'open', SAME: '1' }
    expect(changedSettings(before, { vars: { PLAN: 'free', SAME: 1, NEW: 'x' } })).toEqual([
      'NEW: (default) → x',
      'PLAN: paid → free',
      'SIGNUP: open → (default)',
    ])
  })
})

test('every migration that touches what keeps the sums is known to change them or not', async () => {
  const names = (await readdir('migrations/ledger')).filter((name) => name.endsWith('.sql'))
  const keepsSums = /CREATE (VIEW `?rolled_up|TRIGGER `?(roll_up|rollup_of_\w+))/
  const touching: string[] = []
  for (const name of names)
    if (keepsSums.test(await readFile(join('migrations/ledger', name), 'utf8'))) touching.push(name)
  expect(Object.keys(CHANGES_SUMS)).toEqual(touching.toSorted())
})
