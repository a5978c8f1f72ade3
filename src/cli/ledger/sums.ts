import { rebuildSessionsSql, verifySessionsSql } from '../../ledger/session-sums.ts'
import { rebuildSql, verifyLetGoSql, verifySql, type Range } from '../../ledger/rebuild.ts'
import { dayOf } from '../../ledger/retention/day.ts'
import { queryD1, type D1Row, type Target } from '../d1.ts'
import { DAY_MS } from '../../http/time.ts'

export interface Period {
  fromMs: number
  beforeMs: number
}

/** One day at a time: D1 allows a statement 30 seconds. */
function* daysOf({ fromMs, beforeMs }: Period): Generator<Range> {
  for (let ms = fromMs; ms < beforeMs; ms += DAY_MS) {
    yield { fromMs: ms, beforeMs: ms + DAY_MS, accountId: null, evenPruned: false }
  }
}

/** A command line takes 128 KiB: as many days as fit below that go in one call, each with statements of its own. */
const CALL_BYTES = 90_000

const checksOf = (day: Range): string => `${verifySql(day)};\n${verifySessionsSql(day)};\n`

/** The days of a period, several together. */
function* callsOf(period: Period): Generator<Range[]> {
  let days: Range[] = []
  let bytes = 0
  for (const day of daysOf(period)) {
    const more = Buffer.byteLength(checksOf(day))
    if (days.length > 0 && bytes + more > CALL_BYTES) {
      yield days
      days = []
      bytes = 0
    }
    days.push(day)
    bytes += more
  }
  yield days
}

export async function verify(target: Target, period: Period): Promise<number> {
  let found = 0
  for (const days of callsOf(period)) {
    const results = await queryD1(target, 'LEDGER', days.map(checksOf).join(''))
    for (const [at, day] of days.entries())
      found += printDay(day, results[2 * at] ?? [], results[2 * at + 1] ?? [])
  }
  const wrongMonths = await verifyLetGo(target, period)
  console.log(
    found === 0
      ? 'Every sum is that of its rows.'
      : 'Some sums are not those of their rows: npm run ledger -- rebuild mends them.',
  )
  if (wrongMonths > 0)
    console.log(
      'Some sums are not those of the rows that were let go: their rows are gone, so that nothing but the archive can tell which is right.',
    )
  return found + wrongMonths === 0 ? 0 : 1
}

/** Prints whether a day's sums agree, and what differs. Returns how many differ. */
function printDay(
  { fromMs }: Range,
  differences: readonly D1Row[],
  sessions: readonly D1Row[],
): number {
  const found = differences.length + sessions.length
  console.log(`${dayOf(fromMs)}  ${found === 0 ? 'agrees' : 'DIFFERS'}`)
  for (const { account_id: account, session, requests, side } of sessions)
    console.log(
      `  session ${String(session)} ${String(side)}: account ${String(account)}, ${String(requests)} requests`,
    )
  for (const row of differences) {
    const { account_id: account, hour_ms: hourMs, model, label, requests, side } = row
    const hour = new Date(Number(hourMs)).toISOString().slice(11, 16)
    console.log(
      `  ${hour} ${String(side)}: account ${String(account)}, model ${String(model)}, requester ${String(label)}, ${String(requests)} requests`,
    )
  }
  return found
}

/** Checks month by month. Returns the number of months that differ. */
async function verifyLetGo(target: Target, { fromMs, beforeMs }: Period): Promise<number> {
  const at = new Date(fromMs)
  let wrong = 0
  for (let month = 0; ; month++) {
    const monthMs = Date.UTC(at.getUTCFullYear(), at.getUTCMonth() + month, 1)
    if (monthMs >= beforeMs) return wrong
    const [differences = []] = await queryD1(target, 'LEDGER', verifyLetGoSql(monthMs))
    const name = dayOf(monthMs).slice(0, 7)
    console.log(`${name} (rows let go)  ${differences.length === 0 ? 'agrees' : 'DIFFERS'}`)
    wrong += Number(differences.length > 0)
    for (const { account_id: account, requests, side } of differences)
      console.log(`  ${String(side)}: account ${String(account)}, ${String(requests)} requests`)
  }
}

export async function rebuild(target: Target, period: Period): Promise<number> {
  for (const day of daysOf(period)) {
    await queryD1(target, 'LEDGER', [...rebuildSql(day), ...rebuildSessionsSql(day)].join(';\n'))
    console.log(`${dayOf(day.fromMs)}  rebuilt`)
  }
  return 0
}
