import { readSiteSettings, type Env } from '../../env.ts'
import { endOfPartSql, rollupSql, nextPartsSql, type Kind, type Part } from './sql.ts'

/** Rows may still come for a moment after the hour; those that come later are summed up again. */
const FOLD_AFTER_MS = 600_000
// So many sums take D1 a fraction of a second, and a statement may take thirty.
const SUMS_AT_ONCE = 5_000
/** A part with this share of them is taken by itself, so that planning reads little more than is summed up. */
const SMALL_SHARE = 1 / 5
const PARTS_AT_ONCE = 20

type Counted = Omit<Part, 'until'> & { rows: number }

export const sumUpHours = ({ LEDGER }: Env, nowMs: number): Promise<boolean> =>
  rollUpSums(LEDGER, 'hour', nowMs)

export const sumUpDays = ({ LEDGER }: Env, nowMs: number): Promise<boolean> =>
  rollUpSums(LEDGER, 'day', nowMs)

/** Sums up some of the hours or days that are over and have changed. Whether there are more. */
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

/** Triggers know no settings: they go by a table. */
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

/** The first parts, up to one that is not small, with so many sums together. */
function smallOnes(parts: readonly Counted[], small: number, sumsAtOnce: number): Counted[] {
  let sums = 0
  const end = parts.findIndex(({ rows }) => rows >= small || (sums += rows) > sumsAtOnce)
  return end === -1 ? [...parts] : parts.slice(0, end)
}
