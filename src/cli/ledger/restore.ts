import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { rebuildSql } from '../../ledger/rebuild.ts'
import { restoreEntriesSql } from '../../ledger/sql.ts'
import { quote } from '../../schema/sql.ts'
import { firstUuid } from '../../http/uuid.ts'
import { startOfDay, wholeDayKey } from '../../ledger/retention/day.ts'
import { queryD1, runD1File, whereOf, type Target } from '../d1.ts'
import { mustWrangler } from '../wrangler.ts'
import { DAY_MS } from '../../http/time.ts'

/** The bucket that wrangler.toml binds as ARCHIVE. */
const BUCKET = 'metrion-archive'
const STAYS_MS = 7 * DAY_MS
const STATEMENT_BYTES = 80_000

/** Restores an account's day from the archive to the ledger for a week. Its sums do not change. */
export async function restore(target: Target, accountId: string, day: string): Promise<number> {
  const lines = await downloadDay(target, await partsOf(target, accountId, day), accountId, day)
  const untilMs = Date.now() + STAYS_MS
  const range = {
    fromMs: startOfDay(day),
    beforeMs: startOfDay(day) + DAY_MS,
    accountId,
    evenPruned: true,
  }
  await refuseIncomplete(target, range, lines)
  await runD1File(target, 'LEDGER', [
    // First, so that no job prunes the rows again meanwhile.
    `INSERT INTO restored_days (account_id, day, until_ms) VALUES (${quote(accountId)}, ${quote(day)}, ${untilMs})
     ON CONFLICT (account_id, day) DO UPDATE SET until_ms = excluded.until_ms`,
    ...inStatements(lines),
    // Inserting the rows added them to sums that already contained them: rebuild those sums.
    ...rebuildSql(range),
    // The rows are back, so `let_go` must not keep what they add up to.
    `DELETE FROM let_go WHERE account_id = ${quote(accountId)} AND day_ms = ${startOfDay(day)}`,
    `DELETE FROM tombstones WHERE id IN (SELECT id FROM requests WHERE ${rowsOf(accountId, range)})`,
  ])
  console.log(`${lines.length} requests are back until ${new Date(untilMs).toISOString()}.`)
  return 0
}

/** The keys of the objects that hold the day. A month that is compacted into one sum has no separate days any more. */
async function partsOf(target: Target, accountId: string, day: string): Promise<string[]> {
  const [pruned = [], parts = []] = await queryD1(
    target,
    'LEDGER',
    `SELECT monthly_until_ms AS ms FROM pruned WHERE account_id = ${quote(accountId)};
     SELECT key FROM archived WHERE account_id = ${quote(accountId)} AND day = ${quote(day)} ORDER BY key`,
  )
  if (startOfDay(day) >= Number(pruned[0]?.['ms'] ?? 0)) return parts.map(({ key }) => String(key))
  throw new Error(
    'Cannot restore the day: it is more than a year old, and its month is summed up as one; download its objects from R2 instead',
  )
}

/** Every archived row of the day, once. */
async function downloadDay(
  target: Target,
  parts: readonly string[],
  accountId: string,
  day: string,
): Promise<string[]> {
  const lines = new Map<string, string>()
  const take = async (key: string): Promise<void> => {
    for (const line of await download(target, key))
      lines.set((JSON.parse(line) as { id: string }).id, line)
  }
  for (const key of parts) await take(key)
  // Older versions wrote one object per day, and did not record it in `archived`.
  if (parts.length === 0) await take(wholeDayKey(accountId, day))
  else await take(wholeDayKey(accountId, day)).catch(() => {})
  return [...lines.values()]
}

const rowsOf = (accountId: string, { fromMs, beforeMs }: { fromMs: number; beforeMs: number }) =>
  `account_id = ${quote(accountId)} AND id >= ${quote(firstUuid(fromMs))} AND id < ${quote(firstUuid(beforeMs))}`

/** The sums are rebuilt from the restored rows: from a part of a day they would be too small. */
async function refuseIncomplete(
  target: Target,
  range: { fromMs: number; beforeMs: number; accountId: string },
  lines: readonly string[],
): Promise<void> {
  const { fromMs, beforeMs, accountId } = range
  const [sums = [], rows = []] = await queryD1(
    target,
    'LEDGER',
    `SELECT ifnull(sum(requests), 0) AS n FROM rollups WHERE account_id = ${quote(accountId)}
       AND hour_ms >= ${fromMs} AND hour_ms < ${beforeMs};
     SELECT id, times FROM requests WHERE ${rowsOf(accountId, range)}`,
  )
  const summed = Number(sums[0]?.['n'])
  // A row may stand for several requests, and may be both in the archive and in D1.
  const times = new Map(rows.map((row) => [String(row['id']), Number(row['times'])]))
  for (const line of lines) {
    const one = JSON.parse(line) as { id: string; times?: number }
    times.set(one.id, one.times ?? 1)
  }
  const found = [...times.values()].reduce((sum, n) => sum + n, 0)
  if (found >= summed) return
  throw new Error(
    `Cannot restore the day: the archive has ${found} requests of it, its sums count ${summed}; the others were let go before there was an archive`,
  )
}

async function download(target: Target, key: string): Promise<string[]> {
  const folder = await mkdtemp(join(tmpdir(), 'metrion-restore-'))
  try {
    const file = join(folder, 'day.ndjson.gz')
    await mustWrangler([
      'r2',
      'object',
      'get',
      `${BUCKET}/${key}`,
      ...whereOf(target),
      '--file',
      file,
    ])
    return gunzipSync(await readFile(file))
      .toString('utf8')
      .split('\n')
      .filter(Boolean)
  } finally {
    await rm(folder, { recursive: true })
  }
}

function inStatements(lines: readonly string[]): string[] {
  const statements: string[] = []
  let batch: string[] = []
  let bytes = 0
  const flush = (): void => {
    if (batch.length === 0) return
    const json = quote(`[${batch.join(',')}]`)
    statements.push(restoreEntriesSql(json))
    batch = []
    bytes = 0
  }
  for (const line of lines) {
    bytes += Buffer.byteLength(line) + 1
    if (bytes > STATEMENT_BYTES) flush()
    batch.push(line)
  }
  flush()
  return statements
}
