import type { KnownPrompt } from '../../metering/prompt.ts'
import { within } from '../../time-limit.ts'

const NEWEST = 50
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
         SELECT text_bytes, input_tokens, outcome FROM requests INDEXED BY requests_by_model
         WHERE account_id = ?1 AND ifnull(model, requested_model) = ?2 ORDER BY id DESC LIMIT ${NEWEST})
       WHERE outcome = 'complete' AND text_bytes > 0 AND input_tokens > 0`,
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
