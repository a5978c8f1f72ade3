import { entryColumns } from '../../ledger/sql.ts'
import { timeOfUuid } from '../../http/uuid.ts'
import { toCondition } from './condition.ts'
import type { RequestFilter } from './filter.ts'
import { COMPARED_ROWS, readCursor, SORTS, toCursor, type Order, type SortBy } from './sort.ts'
import { toRow, type RequestPage, type StoredRow } from './store.ts'

export interface SortedPage extends RequestPage {
  /** The time of the oldest request that was compared. Null: all of the range were. */
  comparedFromMs: number | null
}

export interface SortedBy {
  sort: SortBy
  order: Order
}

/** Requests without a value come last. Equal values: the newest first. `cursor` is a valid one, or null. */
export async function listSorted(
  ledger: D1Database,
  accountId: string,
  filter: RequestFilter,
  { sort, order }: SortedBy,
  limit: number,
  cursor: string | null,
  comparedRows = COMPARED_ROWS,
): Promise<SortedPage> {
  const { scan, scanParams, where, params } = toCondition(accountId, filter)
  const { sql } = SORTS[sort]
  const place = cursor === null ? null : readCursor(cursor)
  const walk = `${scan} ORDER BY id DESC LIMIT`
  // Only the ids are sorted: whole rows would have to be copied for each comparison.
  const ids = `SELECT id, ${sql} AS value FROM (SELECT * ${walk} ${comparedRows})
    WHERE ${where ?? 'true'} ${place === null ? '' : `AND ${afterSql(sql, order, params.length)}`}
    ORDER BY value IS NULL, value ${order}, id DESC LIMIT ${limit + 1}`
  const after = place === null ? [] : [place.value ?? '', place.id]
  const [found, oldest] = await ledger.batch([
    ledger
      .prepare(
        `SELECT ${entryColumns('r.')} FROM (${ids}) AS found CROSS JOIN requests AS r
           ON r.account_id = ?1 AND r.id = found.id
         ORDER BY found.value IS NULL, found.value ${order}, found.id DESC`,
      )
      .bind(...params, ...after),
    ledger.prepare(`SELECT id ${walk} 2 OFFSET ${comparedRows - 1}`).bind(...scanParams),
  ])
  const requests = ((found?.results ?? []) as StoredRow[]).slice(0, limit).map(toRow)
  const hasMore = (found?.results.length ?? 0) > limit
  const [last, beyond] = (oldest?.results ?? []) as { id: string }[]
  const end = requests.at(-1)
  return {
    requests,
    nextCursor: hasMore && end ? toCursor({ value: SORTS[sort].of(end), id: end.id }) : null,
    comparedFromMs: last && beyond ? timeOfUuid(last.id) : null,
  }
}

/** The rows after a place, whose value and id are the two parameters after the `known` ones. '' stands for no value. */
function afterSql(sql: string, order: SortedBy['order'], known: number): string {
  const [value, id] = [`?${known + 1}`, `?${known + 2}`]
  const beyond = order === 'desc' ? `${sql} < ${value}` : `${sql} > ${value}`
  return `iif(${value} = '', ${sql} IS NULL AND id < ${id},
    ${sql} IS NULL OR ${beyond} OR (${sql} = ${value} AND id < ${id}))`
}
