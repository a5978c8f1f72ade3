import { readSiteSettings, type Env } from '../../../env.ts'
import { timeOfUuid } from '../../../http/uuid.ts'
import { archiveRows } from '../archive/store.ts'
import { floorToDay, startOfDay } from '../day.ts'
import { letGo, oldestStretch, type Stretch, type StretchTimes } from '../let-go/store.ts'
import { notePruned } from '../store.ts'
import { DAY_MS, HOUR_MS } from '../../../http/time.ts'

/**
 * How many rows go in one turn. Those that are archived are read, and written as JSON, in JavaScript, of which Free
 * allows 10 ms; on Paid, 50,000 of them are an object, of a few megabytes when they are packed.
 */
const AT_ONCE = {
  free: { archived: { most: 1, rows: 300 }, deleted: 2_000 },
  paid: { archived: { most: 10, rows: 5_000 }, deleted: 5_000 },
} as const

/**
 * Lets the oldest rows of an account's day go, of those before a moment, a bounded number of them. Returns
 * the hour before which they were; 0: there were none, or one came in between, which the next run takes along.
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
  // The hour that is left with a part of its rows counts as pruned, too: its sums stand without them.
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
