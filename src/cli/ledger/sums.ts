import { rebuildSessionsSql, verifySessionsSql } from '../../ledger/session-sums.ts'
import { rebuildSql, verifyLetGoSql, verifySql, type Range } from '../../ledger/rebuild.ts'
import { dayOf } from '../../ledger/retention/day.ts'
import { queryD1, type Target } from '../d1.ts'
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

export async function verify(target: Target, period: Period): Promise<number> {
  let found = 0
  for (const day of daysOf(period)) {
    const sql = `${verifySql(day)};\n${verifySessionsSql(day)}`
    const [differences = [], sessions = []] = await queryD1(target, 'LEDGER', sql)
    found += differences.length + sessions.length
    const agrees = differences.length + sessions.length === 0
    console.log(`${dayOf(day.fromMs)}  ${agrees ? 'agrees' : 'DIFFERS'}`)
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
