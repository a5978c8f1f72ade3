import { rebuildSql, verifyLetGoSql, verifySql, type Range } from '../../ledger/rebuild.ts'
import { dayOf } from '../../retention/day.ts'
import { queryD1, type Target } from '../d1.ts'
import { DAY_MS } from '../../time.ts'

export interface Period {
  fromMs: number
  beforeMs: number
}

/** One day at a time: D1 gives a statement thirty seconds. */
function* daysOf({ fromMs, beforeMs }: Period): Generator<Range> {
  for (let ms = fromMs; ms < beforeMs; ms += DAY_MS) {
    yield { fromMs: ms, beforeMs: ms + DAY_MS, accountId: null, evenPruned: false }
  }
}

export async function verify(target: Target, period: Period): Promise<number> {
  let found = 0
  for (const day of daysOf(period)) {
    const [differences = []] = await queryD1(target, 'LEDGER', verifySql(day))
    found += differences.length
    console.log(`${dayOf(day.fromMs)}  ${differences.length === 0 ? 'agrees' : 'DIFFERS'}`)
    for (const row of differences) {
      const { account_id: account, hour_ms: hourMs, model, label, requests, side } = row
      const hour = new Date(Number(hourMs)).toISOString().slice(11, 16)
      console.log(
        `  ${hour} ${String(side)}: account ${String(account)}, model ${String(model)}, requester ${String(label)}, ${String(requests)} requests`,
      )
    }
  }
  const [gone = []] = await queryD1(target, 'LEDGER', verifyLetGoSql(period))
  found += gone.length
  console.log(`rows let go  ${gone.length === 0 ? 'agrees' : 'DIFFERS'}`)
  for (const { account_id: account, month, requests, side } of gone)
    console.log(
      `  ${String(month)} ${String(side)}: account ${String(account)}, ${String(requests)} requests`,
    )
  console.log(
    found === 0
      ? 'Every sum is that of its rows.'
      : 'Some sums are not those of their rows: npm run ledger -- rebuild mends them.',
  )
  return found === 0 ? 0 : 1
}

export async function rebuild(target: Target, period: Period): Promise<number> {
  for (const day of daysOf(period)) {
    await queryD1(target, 'LEDGER', rebuildSql(day).join(';\n'))
    console.log(`${dayOf(day.fromMs)}  rebuilt`)
  }
  return 0
}
