import { hourOf } from './bins.ts'
import type { TimeQuery } from './input.ts'

/** Requests for one model that another model answered, over a range of full hours. */
export interface Redirect {
  requestedModel: string
  model: string
  requests: number
  /** The number of the account's tokens that sent them. */
  tokens: number
  costTicks: number
}

const MOST = 200

/** The most expensive first. Filters: the model that answered, the token and the requester. */
export async function readRedirects(
  ledger: D1Database,
  accountId: string,
  { fromMs, beforeMs, model, token, requester }: TimeQuery,
): Promise<Redirect[]> {
  const { results } = await ledger
    .prepare(
      `SELECT requested_model AS requestedModel, model, sum(requests) AS requests,
         count(DISTINCT token_id) AS tokens, sum(cost_ticks) AS costTicks
       FROM redirects WHERE account_id = ?1 AND hour_ms >= ?2 AND hour_ms < ?3
         AND (json_array_length(?4) = 0 OR model IN (SELECT value FROM json_each(?4)))
         AND (json_array_length(?5) = 0 OR token_id IN (SELECT value FROM json_each(?5)))
         AND (json_array_length(?6) = 0 OR label IN (SELECT value FROM json_each(?6)))
       GROUP BY 1, 2 ORDER BY 5 DESC, 3 DESC LIMIT ${MOST}`,
    )
    .bind(
      accountId,
      hourOf(fromMs),
      beforeMs,
      ...[model, token, requester].map((list) => JSON.stringify(list)),
    )
    .all<Redirect>()
  return results
}
