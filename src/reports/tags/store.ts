import { failedSql } from '../../ledger/outcomes.ts'
import { DAY_MS } from '../../http/time.ts'
import { firstUuid, timeOfUuid } from '../../http/uuid.ts'
import { isOneOf } from '../requests/condition.ts'
import { COLUMN } from '../requests/filter.ts'
import type { GroupBy } from '../usage/input.ts'
import { ADDED_ROWS, type TagsInput } from './input.ts'

const LISTED = 200
const DEFAULT_MS = 30 * DAY_MS
/** Later than any request: the year 3000. */
const LATEST_MS = Date.UTC(3000, 0)

export interface TagSums {
  /** A tag's name, or a value of it. */
  key: string
  requests: number
  failed: number
  inputTokens: number
  outputTokens: number
  costTicks: number
}

export interface Tags {
  /** The most expensive first. A request counts with each of its tags. */
  tags: TagSums[]
  /** The time of the oldest request that was added up. Null: all of the range were. */
  addedFromMs: number | null
}

/** Costs by the values of a tag, or by the names of tags. */
export async function readTags(
  ledger: D1Database,
  accountId: string,
  { name, ...query }: TagsInput,
  addedRows = ADDED_ROWS,
): Promise<Tags> {
  const { from = Date.now() - DEFAULT_MS, to, model, requester, token } = query
  const params: (string | number)[] = [accountId, firstUuid(from), firstUuid(to ?? LATEST_MS)]
  const bind = (value: string): string => `?${params.push(value)}`
  const scanParams = [...params]
  const conditions = [
    ...Object.entries({ model, requester, token } as const).flatMap(([field, values]) =>
      values.length === 0 ? [] : [isOneOf(COLUMN[field as GroupBy], values, bind)],
    ),
    ...(name === undefined ? [] : [`tag.key = ${bind(name)}`]),
  ]
  // Among the requests with tags alone: an index has them in order.
  const walk = `FROM requests INDEXED BY requests_with_tags
    WHERE account_id = ?1 AND tags IS NOT NULL AND id >= ?2 AND id < ?3 ORDER BY id DESC LIMIT`
  const [found, beyond] = await ledger.batch([
    ledger
      .prepare(
        `SELECT ${name === undefined ? 'tag.key' : 'tag.value'} AS key, sum(times) AS requests,
           sum(iif(${failedSql()}, times, 0)) AS failed, ifnull(sum(input_tokens), 0) AS inputTokens,
           ifnull(sum(output_tokens), 0) AS outputTokens, ifnull(sum(cost_ticks), 0) AS costTicks
         FROM (SELECT * ${walk} ${addedRows}) AS told CROSS JOIN json_each(told.tags) AS tag
         WHERE ${conditions.join(' AND ') || 'true'}
         GROUP BY 1 ORDER BY costTicks DESC, requests DESC, 1 LIMIT ${LISTED}`,
      )
      .bind(...params),
    ledger.prepare(`SELECT id ${walk} 2 OFFSET ${addedRows - 1}`).bind(...scanParams),
  ])
  const [last, more] = (beyond?.results ?? []) as { id: string }[]
  return {
    tags: (found?.results ?? []) as unknown as TagSums[],
    addedFromMs: last && more ? timeOfUuid(last.id) : null,
  }
}
