import { failedSql } from '../../ledger/outcomes.ts'
import { ENTRY_COLUMNS } from '../../ledger/sql.ts'
import { firstUuid } from '../../http/uuid.ts'
import { toRow, type RequestRow, type StoredRow } from '../requests/store.ts'
import { startsOf, type TimeQuery } from '../usage/input.ts'
import { filterParams, filterSql } from '../usage/sql.ts'

/** The failures with one status and code in one bin of the range. */
export interface FailureCell {
  bin: number
  status: number
  /** xAI's code, or Metrion's own. Null: xAI gave none. */
  code: string | null
  requests: number
  /** The newest of these requests. */
  lastId: string
}

export interface Failures {
  starts: number[]
  cells: FailureCell[]
  latest: RequestRow[]
}

const LATEST = 50

/** The index covers the query. It contains only failed requests and those that the caller aborted. */
const FAILED = `requests AS r INDEXED BY requests_by_failure
  ON r.account_id = ?1 AND ${failedSql('r.outcome')}`

const COLUMNS = {
  model: `ifnull(r.model, ifnull(r.requested_model, ''))`,
  requester: `ifnull(r.label, '')`,
  token: 'r.token_id',
} as const

/** The failures in a range: counted, and the newest ones. Only rows that are still kept are counted. */
export async function readFailures(
  ledger: D1Database,
  accountId: string,
  query: TimeQuery,
): Promise<Failures> {
  const starts = startsOf(query)
  const bins = starts.map((startMs, bin) =>
    [startMs, starts[bin + 1] ?? query.beforeMs].map(firstUuid),
  )
  const whole = [[query.fromMs, query.beforeMs].map(firstUuid)]
  const filter = filterSql(query, COLUMNS)
  const lists = filterParams(query)
  const inBins = `json_each(?2) AS b CROSS JOIN ${FAILED}
    AND r.id >= b.value ->> 0 AND r.id < b.value ->> 1 ${filter}`
  const [cells, latest] = await ledger.batch([
    ledger
      .prepare(
        `SELECT b.key AS bin, r.status AS status, r.error_code AS code, sum(r.times) AS requests,
           max(r.id) AS lastId FROM ${inBins} GROUP BY 1, 2, 3`,
      )
      .bind(accountId, JSON.stringify(bins), ...lists),
    ledger
      .prepare(
        `SELECT ${ENTRY_COLUMNS} FROM requests WHERE account_id = ?1 AND id IN (
           SELECT r.id FROM ${inBins} ORDER BY r.id DESC LIMIT ${LATEST}) ORDER BY id DESC`,
      )
      .bind(accountId, JSON.stringify(whole), ...lists),
  ])
  return {
    starts,
    cells: (cells?.results ?? []) as unknown as FailureCell[],
    latest: ((latest?.results ?? []) as unknown as StoredRow[]).map(toRow),
  }
}

/** The number of failed requests with an error code in a range. Only rows that are still kept are counted. */
export async function countCode(
  ledger: D1Database,
  accountId: string,
  query: TimeQuery,
  code: string,
): Promise<number> {
  const row = await ledger
    .prepare(
      `SELECT total(r.times) AS requests FROM json_each(?2) AS b CROSS JOIN ${FAILED}
         AND r.id >= b.value ->> 0 AND r.id < b.value ->> 1 AND r.error_code = ?6 ${filterSql(query, COLUMNS)}`,
    )
    .bind(
      accountId,
      JSON.stringify([[query.fromMs, query.beforeMs].map(firstUuid)]),
      ...filterParams(query),
      code,
    )
    .first<number>('requests')
  return row ?? 0
}
