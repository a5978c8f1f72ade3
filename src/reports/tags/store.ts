import { failedSql } from '../../ledger/outcomes.ts'
import { DAY_MS } from '../../http/time.ts'
import { timeOfUuid } from '../../http/uuid.ts'
import { toCondition } from '../requests/condition.ts'
import { requestFilter } from '../requests/filter.ts'
import { ADDED_ROWS, type TagsInput } from './input.ts'

const LISTED = 200
const DEFAULT_MS = 30 * DAY_MS

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
  const { from = Date.now() - DEFAULT_MS } = query
  const filter = {
    ...requestFilter.parse({}),
    ...query,
    from,
    tag: name === undefined ? [] : [name],
  }
  const { scan, scanParams, where, params } = toCondition(accountId, filter)
  const walk = `${scan} AND tags IS NOT NULL ORDER BY id DESC LIMIT`
  const at = params.length
  const [found, beyond] = await ledger.batch([
    ledger
      .prepare(
        `SELECT ${name === undefined ? 'tag.key' : 'tag.value'} AS key, sum(times) AS requests,
           sum(iif(${failedSql()}, times, 0)) AS failed, ifnull(sum(input_tokens), 0) AS inputTokens,
           ifnull(sum(output_tokens), 0) AS outputTokens, ifnull(sum(cost_ticks), 0) AS costTicks
         FROM (SELECT * ${walk} ${addedRows}) AS told CROSS JOIN json_each(told.tags) AS tag
         WHERE ${where ?? 'true'} ${name === undefined ? '' : `AND tag.key = ?${at + 1}`}
         GROUP BY 1 ORDER BY costTicks DESC, requests DESC, 1 LIMIT ${LISTED}`,
      )
      .bind(...params, ...(name === undefined ? [] : [name])),
    ledger.prepare(`SELECT id ${walk} 2 OFFSET ${addedRows - 1}`).bind(...scanParams),
  ])
  const [last, more] = (beyond?.results ?? []) as { id: string }[]
  return {
    tags: (found?.results ?? []) as unknown as TagSums[],
    addedFromMs: last && more ? timeOfUuid(last.id) : null,
  }
}
