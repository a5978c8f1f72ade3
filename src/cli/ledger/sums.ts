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

/** A command line takes 128 KiB: as many checks as fit below that go in one call. */
const CALL_BYTES = 90_000

/** Statements that find what differs, and what prints their results and returns the number of differences. */
interface Check {
  kind: 'day' | 'month'
  sql: string
  print: (results: readonly D1Row[][]) => number
}

function* checksOf(period: Period): Generator<Check> {
  for (const day of daysOf(period))
    yield {
      kind: 'day',
      sql: `${verifySql(day)};\n${verifySessionsSql(day)};\n`,
      print: ([differences = [], sessions = []]) => printDay(day, differences, sessions),
    }
  for (const monthMs of monthsOf(period))
    yield {
      kind: 'month',
      sql: `${verifyLetGoSql(monthMs)};\n`,
      print: ([differences = []]) => printMonth(monthMs, differences),
    }
}

/** The checks of a period, several together. */
function* callsOf(period: Period): Generator<Check[]> {
  let checks: Check[] = []
  let bytes = 0
  for (const check of checksOf(period)) {
    const more = Buffer.byteLength(check.sql)
    if (checks.length > 0 && bytes + more > CALL_BYTES) {
      yield checks
      checks = []
      bytes = 0
    }
    checks.push(check)
    bytes += more
  }
  yield checks
}

const STATEMENTS: Record<Check['kind'], number> = { day: 2, month: 1 }

export async function verify(target: Target, period: Period): Promise<number> {
  const found: Record<Check['kind'], number> = { day: 0, month: 0 }
  for (const checks of callsOf(period)) {
    const results = await queryD1(target, 'LEDGER', checks.map(({ sql }) => sql).join(''))
    for (const { kind, print } of checks) found[kind] += print(results.splice(0, STATEMENTS[kind]))
  }
  console.log(
    found.day === 0
      ? 'Every sum is that of its rows.'
      : 'Some sums are not those of their rows: npm run ledger -- rebuild mends them.',
  )
  if (found.month > 0)
    console.log(
      'Some sums are not those of the rows that were let go: their rows are gone, so that nothing but the archive can tell which is right.',
    )
  return found.day + found.month === 0 ? 0 : 1
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

function* monthsOf({ fromMs, beforeMs }: Period): Generator<number> {
  const at = new Date(fromMs)
  for (let month = 0; ; month++) {
    const monthMs = Date.UTC(at.getUTCFullYear(), at.getUTCMonth() + month, 1)
    if (monthMs >= beforeMs) return
    yield monthMs
  }
}

/** Returns 1 if the month differs. */
function printMonth(monthMs: number, differences: readonly D1Row[]): number {
  const name = dayOf(monthMs).slice(0, 7)
  console.log(`${name} (rows let go)  ${differences.length === 0 ? 'agrees' : 'DIFFERS'}`)
  for (const { account_id: account, requests, side } of differences)
    console.log(`  ${String(side)}: account ${String(account)}, ${String(requests)} requests`)
  return Number(differences.length > 0)
}

export async function rebuild(target: Target, period: Period): Promise<number> {
  for (const day of daysOf(period)) {
    await queryD1(target, 'LEDGER', [...rebuildSql(day), ...rebuildSessionsSql(day)].join(';\n'))
    console.log(`${dayOf(day.fromMs)}  rebuilt`)
  }
  return 0
}
