import type { KnownPrompt } from '../../pricing/prompt.ts'
import { within } from '../../http/time-limit.ts'

const NEWEST = 50
/** Rows that are looked through for so many of all-text prompts. */
const LOOKED_THROUGH = 200
/** How far back a response that is continued is looked for: as far as the log's filters look. */
const RESPONSES_LOOKED_THROUGH = 20_000
const LIMIT_MS = 2_000

/** What xAI has counted of the account's newest complete requests to a model. None where D1 does not say. */
export async function knownPrompts(
  ledger: D1Database,
  accountId: string,
  model: string,
): Promise<KnownPrompt[]> {
  // By the model's index alone, and only so far back: an estimate is not worth a walk.
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

/** What a response has read and written, which another one continues. 0: the ledger does not say. */
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
