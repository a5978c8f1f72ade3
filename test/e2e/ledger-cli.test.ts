import { execFile } from 'node:child_process'
import { mkdtemp, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { expect, inject, test } from 'vitest'

import { queryD1, type D1Row } from '../../src/cli/d1.ts'
import { mustWrangler } from '../../src/cli/wrangler.ts'
import type { LedgerEntry } from '../../src/ledger/entry.ts'
import type { LedgerMessage } from '../../src/ledger/message.ts'
import { firstUuid } from '../../src/http/uuid.ts'
import { dayOf, partKey, wholeDayKey } from '../../src/ledger/retention/day.ts'
import { DAY_MS } from '../../src/http/time.ts'
import { entry } from '../worker/entries/entry.ts'
import { openai, operator, ways } from './world.ts'

const stateDir = inject('stateDir')
const local = { kind: 'local', stateDir } as const

const query = async (sql: string): Promise<D1Row[]> =>
  (await queryD1(local, 'LEDGER', sql))[0] ?? []

/** `npm run ledger -- …` on the state of the running Worker. */
function ledger(...args: string[]): Promise<{ code: number; output: string }> {
  return new Promise((resolve) => {
    const env = { ...process.env, METRION_STATE: stateDir }
    execFile(process.execPath, ['src/cli/ledger.ts', ...args], { env }, (error, stdout, stderr) =>
      resolve({ code: error ? 1 : 0, output: stdout + stderr }),
    )
  })
}

/** An id of that moment. */
const idAt = (ms: number): string => firstUuid(ms).slice(0, 24) + crypto.randomUUID().slice(24)

async function ask(): Promise<void> {
  const { proxied } = await ways(null)
  await openai(proxied['stored']!).chat.completions.create({
    model: 'grok-4.3',
    messages: [{ role: 'user', content: 'Hello' }],
  })
}

test('sums that are wrong are found, and mended', { timeout: 120_000 }, async () => {
  await ask()
  const today = dayOf(Date.now())
  const day = ['--from', today]
  const before = await ledger('verify', ...day)
  expect(before).toEqual({
    code: 0,
    output: expect.stringContaining('Every sum is that of its rows.') as string,
  })
  await query('UPDATE rollups SET reported_ticks = reported_ticks + 1')
  const found = await ledger('verify', ...day)
  expect(found.code).toBe(1)
  expect(found.output).toContain(`${today}  DIFFERS`)
  expect(found.output).toMatch(/in rows: account \S+, model grok-4\.3, requester/)
  expect((await ledger('rebuild', ...day)).code).toBe(0)
  expect((await ledger('verify', ...day)).code).toBe(0)
})

test('what is dead is listed, and replayed where it can be', { timeout: 120_000 }, async () => {
  const { accountId } = await accountOf()
  const one = entry({
    accountId,
    id: idAt(Date.now()),
    atMs: Date.now(),
    errorText: 'it’s "quoted"; -- and \\',
  })
  const writer = { id: crypto.randomUUID(), accepted: 1, retried: 0, lost: 0, pendingSinceMs: null }
  const good: LedgerMessage = { v: 1, kind: 'entry', entry: one, marked: false, work: null, writer }
  const bad = { ...good, entry: { ...one, id: idAt(Date.now()), status: 'fine' } }
  for (const [id, message] of [
    [one.id, good],
    ['sour', bad],
  ] as const) {
    await query(
      `INSERT INTO dead_letters VALUES ('${id}', 1, '${writer.id}', 'a test', '${JSON.stringify(message).replaceAll("'", "''")}')`,
    )
  }
  const listed = await ledger('dead')
  expect(listed.output).toContain(`${one.id}  a test`)
  const replayed = await ledger('replay')
  expect(replayed.output).toContain('1 written, 1 left.')
  expect(replayed.output).toContain('sour  still cannot be written: entry.status')
  const row = await (await operator.call('GET', `/requests/${one.id}`)).json()
  expect(row).toMatchObject({
    costTicks: one.costTicks,
    errorText: one.errorText,
    requester: one.label,
  })
  await query(`DELETE FROM dead_letters`)
})

test(
  'a day comes back from the archive, once, and its sums stay',
  { timeout: 120_000 },
  async () => {
    const { accountId } = await accountOf()
    const atMs = Date.now() - 200 * DAY_MS
    const day = dayOf(atMs)
    const entries = [0, 1, 2].map((ms) =>
      entry({ accountId, id: idAt(atMs + ms), atMs: atMs + ms, label: 'o’clock' }),
    )
    // One part as this version writes it, that it has noted, beside the whole day of an older one.
    const part = partKey(accountId, day, 'a')
    await query(`INSERT INTO archived VALUES ('${accountId}', '${day}', '${part}', 1)`)
    await putObject(part, entries.slice(0, 1))
    await putObject(wholeDayKey(accountId, day), entries.slice(1))

    for (let round = 0; round < 2; round++) {
      const restored = await ledger('restore', '--account', accountId, '--day', day)
      expect(restored).toEqual({
        code: 0,
        output: expect.stringContaining('3 requests are back until') as string,
      })
    }
    const sums = await query(
      `SELECT requests, label FROM rollups WHERE account_id = '${accountId}' AND hour_ms < ${atMs + DAY_MS}`,
    )
    expect(sums).toEqual([{ requests: 3, label: 'o’clock' }])
    const listed = await operator.call('GET', `/requests/${entries[1]!.id}`)
    expect(await listed.json()).toMatchObject({ requester: 'o’clock', streamed: true })
    const missing = await ledger('restore', '--account', accountId, '--day', '2020-01-01')
    expect(missing.code).toBe(1)
  },
)

async function putObject(key: string, entries: readonly LedgerEntry[]): Promise<void> {
  const file = join(await mkdtemp(join(tmpdir(), 'metrion-archive-')), 'day.ndjson.gz')
  await writeFile(file, gzipSync(entries.map((one) => `${JSON.stringify(one)}\n`).join('')))
  const args = ['r2', 'object', 'put', `metrion-archive/${key}`, '--file', file]
  await mustWrangler([...args, '--local', '--persist-to', stateDir])
}

/** `npm run keys -- …`, likewise. */
function keys(...args: string[]): Promise<{ code: number; output: string }> {
  return new Promise((resolve) => {
    const env = { ...process.env, METRION_STATE: stateDir }
    execFile(process.execPath, ['src/cli/keys.ts', ...args], { env }, (error, stdout, stderr) =>
      resolve({ code: error ? 1 : 0, output: stdout + stderr }),
    )
  })
}

test(
  'the command line says under which master keys secrets are sealed',
  { timeout: 60_000 },
  async () => {
    const { code, output } = await keys('reseal')
    const [noted = []] = await queryD1(local, 'DB', 'SELECT version FROM canaries')
    const version = String(noted[0]?.['version'])
    expect([code, output]).toEqual([
      0,
      expect.stringMatching(
        new RegExp(
          `^${version} \\(seals\\) {2}\\d+ tokens?, \\d+ xAI keys?\nAs of .* UTC, any other version can go`,
        ),
      ),
    ])
    const wrong = await keys('rotate')
    expect([wrong.code, wrong.output]).toEqual([
      1,
      expect.stringContaining('there is no such command'),
    ])
  },
)

test('what is asked for wrongly is answered with how to ask', async () => {
  for (const [args, says] of [
    [['nonsense'], 'there is no such command'],
    [['restore', '--day', '2026-01-01'], 'add --account'],
    [['verify', '--from', 'monday'], 'give a day such as'],
    [['verify', '--from', '2026-01-02', '--to', '2026-01-01'], 'it is after --to'],
  ] as const) {
    const { code, output } = await ledger(...args)
    expect([code, output]).toEqual([1, expect.stringContaining(says)])
    expect(output).toContain('npm run ledger -- COMMAND')
  }
})

async function accountOf(): Promise<{ accountId: string }> {
  const [rows = []] = await queryD1(
    local,
    'DB',
    `SELECT account_id FROM tokens WHERE name = 'e2e' ORDER BY created_at_ms DESC LIMIT 1`,
  )
  return { accountId: String(rows[0]?.['account_id']) }
}
