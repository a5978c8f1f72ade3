import type { KnownPrompt } from '../pricing/prompt.ts'
import { within } from '../http/time-limit.ts'

const NEWEST = 50
/** Rows searched for `NEWEST` prompts that are all text. */
const LOOKED_THROUGH = 200
/** Rows searched for the response that a request continues; the same limit as for the filters of the request log. */
const RESPONSES_LOOKED_THROUGH = 20_000
const LIMIT_MS = 2_000

/** xAI's token counts of the account's newest complete requests to a model. Empty if D1 does not answer. */
export async function knownPrompts(
  ledger: D1Database,
  accountId: string,
  model: string,
): Promise<KnownPrompt[]> {
  // Uses the model's index alone, over a bounded number of rows: an estimate is not worth a scan.
  const found = ledger
    .prepare(
      `SELECT text_bytes AS textBytes, input_tokens AS inputTokens FROM (
         SELECT text_bytes, input_tokens, outcome, cost_basis FROM requests INDEXED BY requests_by_model
         WHERE account_id = ?1 AND ifnull(model, requested_model) = ?2 ORDER BY id DESC LIMIT ${LOOKED_THROUGH})
       WHERE outcome = 'complete' AND text_bytes > 0 AND input_tokens > 0
         AND cost_basis IN ('reported', 'computed') LIMIT ${NEWEST}`,
    )
    .bind(accountId, model)
    .all<KnownPrompt>()
  try {
    return (await within(LIMIT_MS, 'known prompts', found)).results
  } catch (error) {
    console.error('known prompts not read', String(error))
    return []
  }
}

/** Input and output tokens of a response that a request continues. 0: not known. */
export async function tokensOfResponse(
  ledger: D1Database,
  accountId: string,
  responseId: string,
): Promise<number> {
  const found = ledger
    .prepare(
      `SELECT ifnull(input_tokens, 0) + ifnull(output_tokens, 0) AS tokens FROM (
         SELECT response_id, input_tokens, output_tokens FROM requests
         WHERE account_id = ?1 ORDER BY id DESC LIMIT ${RESPONSES_LOOKED_THROUGH})
       WHERE response_id = ?2 AND input_tokens IS NOT NULL LIMIT 1`,
    )
    .bind(accountId, responseId)
    .first<number>('tokens')
  try {
    return (await within(LIMIT_MS, 'the response before', found)) ?? 0
  } catch (error) {
    console.error('response before not read', String(error))
    return 0
  }
}
