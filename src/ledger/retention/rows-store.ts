import { readSiteSettings, type Env } from '../../env.ts'
import { timeOfUuid } from '../../http/uuid.ts'
import { archiveRows } from './archive-store.ts'
import { floorToDay, startOfDay } from './day.ts'
import { letGo, oldestStretch, type Stretch, type StretchTimes } from './let-go-store.ts'
import { notePruned } from './store.ts'
import { DAY_MS, HOUR_MS } from '../../http/time.ts'

/**
 * Rows pruned per turn. Archiving parses rows and writes JSON in JavaScript, for which Free allows 10 ms. On Paid,
 * 50,000 rows make one object of a few megabytes, gzipped.
 */
const AT_ONCE = {
  free: { archived: { most: 1, rows: 300 }, deleted: 2_000 },
  paid: { archived: { most: 10, rows: 5_000 }, deleted: 5_000 },
} as const

/**
 * Prunes a bounded number of the oldest rows of an account's day that are from before `beforeMs`. Returns the end of
 * the last pruned hour. 0: there were no rows, or they changed meanwhile and the next run prunes them.
 */
export async function letGoOfDay(
  env: Env,
  accountId: string,
  day: string,
  beforeMs: number,
  nowMs: number,
): Promise<number> {
  const { LEDGER, ARCHIVE } = env
  const { archived, deleted } = AT_ONCE[readSiteSettings(env).plan]
  const stretches = ARCHIVE
    ? await archiveRows(ARCHIVE, LEDGER, accountId, day, { ...archived, beforeMs, nowMs })
    : await nextStretch(LEDGER, accountId, { fromMs: startOfDay(day), beforeMs, nowMs }, deleted)
  const last = stretches.at(-1)
  if (last === undefined) return 0
  // An hour with only part of its rows left counts as pruned, too: its sums no longer match its rows.
  const lastMs = timeOfUuid(last.toId)
  const goneMs = Math.min(lastMs - (lastMs % HOUR_MS) + HOUR_MS, floorToDay(lastMs) + DAY_MS)
  await notePruned(LEDGER, accountId, goneMs)
  let gone = 0
  for (const stretch of stretches) gone += await letGo(LEDGER, accountId, stretch, nowMs)
  return gone > 0 ? goneMs : 0
}

async function nextStretch(
  ledger: D1Database,
  accountId: string,
  when: StretchTimes,
  most: number,
): Promise<Stretch[]> {
  const stretch = await oldestStretch(ledger, accountId, when, most)
  return stretch === null ? [] : [stretch]
}
