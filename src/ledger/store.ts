import { within } from '../time-limit.ts'
import type { Env } from '../env.ts'
import type { LedgerEntry } from './entry.ts'
import { toPoint } from './point.ts'

// Below the 30 s that the runtime leaves for work after an answer, so that a hanging database still
// lets the row be logged.
const WRITE_LIMIT_MS = 10_000

/** Column of `requests` → field of the entry. The migrations say what each column is. */
const COLUMNS = {
  account_id: 'accountId',
  id: 'id',
  at_ms: 'atMs',
  token_id: 'tokenId',
  label: 'label',
  endpoint: 'endpoint',
  mode: 'mode',
  requested_model: 'requestedModel',
  model: 'model',
  status: 'status',
  outcome: 'outcome',
  streamed: 'streamed',
  input_tokens: 'inputTokens',
  cached_tokens: 'cachedTokens',
  output_tokens: 'outputTokens',
  reasoning_tokens: 'reasoningTokens',
  tool_calls: 'toolCalls',
  cost_ticks: 'costTicks',
  cost_basis: 'costBasis',
  computed_ticks: 'computedTicks',
  own_ms: 'ownMs',
  first_byte_ms: 'firstByteMs',
  total_ms: 'totalMs',
  error_code: 'errorCode',
  error_text: 'errorText',
  response_id: 'responseId',
  upstream_request_id: 'upstreamRequestId',
  colo: 'colo',
} as const satisfies Record<string, keyof LedgerEntry>

// One statement for any number of rows: one JSON parameter is not bound by D1's limit of 100. The
// conflict is named rather than OR IGNORE, which would also override what the trigger does on conflict.
const INSERT = `INSERT INTO requests (${Object.keys(COLUMNS).join(', ')})
SELECT ${Object.values(COLUMNS)
  .map((field) => `value ->> '$.${field}'`)
  .join(', ')} FROM json_each(?1) WHERE true
ON CONFLICT (account_id, id) DO NOTHING`

/** Writes rows and, by the trigger, their hourly sums. Rows that are there already change nothing. */
export async function insertEntries(
  ledger: D1Database,
  entries: readonly LedgerEntry[],
): Promise<void> {
  await ledger.prepare(INSERT).bind(JSON.stringify(entries)).run()
}

/** Remembers a request. Never throws: a row that cannot be written is logged, whole, as one JSON line. */
export async function recordEntry(env: Env, entry: LedgerEntry): Promise<void> {
  try {
    env.ANALYTICS.writeDataPoint(toPoint(entry))
  } catch (error) {
    console.error('analytics point not written', entry.id, String(error))
  }
  try {
    await within(WRITE_LIMIT_MS, 'ledger', insertEntries(env.LEDGER, [entry]))
  } catch (error) {
    console.error(JSON.stringify({ event: 'ledger_row_not_written', error: String(error), entry }))
  }
}
