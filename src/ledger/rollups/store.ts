import { readSiteSettings, type Env } from '../../env.ts'
import { endOfPartSql, rollupSql, nextPartsSql, type Kind, type Part } from './sql.ts'

/** Rows may still come shortly after the hour. For later rows, the hour is summed up again. */
const FOLD_AFTER_MS = 600_000
// D1 adds up this many sums in a fraction of a second; a statement may take thirty seconds.
const SUMS_AT_ONCE = 5_000
/**
 * A part with at least this share of SUMS_AT_ONCE is taken alone, so that planning reads little more
 * than is summed up.
 */
const SMALL_SHARE = 1 / 5
const PARTS_AT_ONCE = 20

type Counted = Omit<Part, 'until'> & { rows: number }

export const sumUpHours = ({ LEDGER }: Env, nowMs: number): Promise<boolean> =>
  rollUpSums(LEDGER, 'hour', nowMs)

export const sumUpDays = ({ LEDGER }: Env, nowMs: number): Promise<boolean> =>
  rollUpSums(LEDGER, 'day', nowMs)

/** Sums up some hours or days that are over and have changed. Returns whether there may be more. */
export async function rollUpSums(
  ledger: D1Database,
  kind: Kind,
  nowMs: number,
  sumsAtOnce: number = SUMS_AT_ONCE,
): Promise<boolean> {
  const small = Math.ceil(sumsAtOnce * SMALL_SHARE)
  const { results } = await ledger
    .prepare(nextPartsSql(kind))
    .bind(nowMs - FOLD_AFTER_MS, small, PARTS_AT_ONCE)
    .all<Counted>()
  const [first] = results
  if (first === undefined) return false
  const endOf = (part: Counted): Promise<string | null> =>
    ledger.prepare(endOfPartSql(kind)).bind(JSON.stringify(part), sumsAtOnce).first<string>('until')
  const parts =
    first.rows < small
      ? smallOnes(results, small, sumsAtOnce).map((part) => ({ ...part, until: null }))
      : [{ ...first, until: await endOf(first) }]
  await ledger.batch(rollupSql(kind).map((sql) => ledger.prepare(sql).bind(JSON.stringify(parts))))
  return true
}

/** Copies the setting into a table, since triggers cannot read settings. */
export async function applyLimits(env: Env): Promise<boolean> {
  const { requestersPerHour } = readSiteSettings(env)
  await env.LEDGER.prepare(
    `INSERT INTO limits (name, value) VALUES ('requesters_per_hour', ?1)
     ON CONFLICT (name) DO UPDATE SET value = excluded.value WHERE value <> excluded.value`,
  )
    .bind(requestersPerHour)
    .run()
  return false
}

/** The leading small parts, with at most `sumsAtOnce` sums together. */
function smallOnes(parts: readonly Counted[], small: number, sumsAtOnce: number): Counted[] {
  let sums = 0
  const end = parts.findIndex(({ rows }) => rows >= small || (sums += rows) > sumsAtOnce)
  return end === -1 ? [...parts] : parts.slice(0, end)
}
