import { columnOf, type Field } from '../columns.ts'

// Async jobs, each billed once. In every statement, ?1 is a JSON array of messages.

const BILLED = [
  'costTicks',
  'computedTicks',
  'savedTicks',
  'inputTokens',
  'cachedTokens',
  'outputTokens',
  'reasoningTokens',
]

/** What the row of a bill takes from the request that began the job. */
const OF_BEGINNER: readonly Field[] = ['tokenId', 'label', 'session', 'tags']

/** The delay before the cron job first fetches a bill itself. Callers usually ask for the result earlier. */
const FIRST_CHECK_MS = 600_000

/**
 * Notes who began an async job. If its bill came first and was kept (REPEAT_BILLS), the bill goes to the request that
 * began the job. An answer that was recorded as lost and then came complete begins no job.
 */
const START_JOBS = `INSERT INTO works (account_id, id, at_ms, token_id, label, session, tags, kind, request_id, requested_model, mode, pieces, counted_ticks, check_at_ms)
SELECT value ->> '$.entry.accountId', value ->> '$.work.starts', value ->> '$.entry.atMs',
  value ->> '$.entry.tokenId', value ->> '$.entry.label',
  value ->> '$.entry.session', value ->> '$.entry.tags', value ->> '$.work.kind', value ->> '$.entry.id',
  value ->> '$.entry.requestedModel', value ->> '$.entry.mode', value ->> '$.work.pieces',
  value ->> '$.entry.countedTicks',
  iif(value ->> '$.work.kind' IN ('video', 'batch') AND value ->> '$.entry.mode' = 'stored',
    (value ->> '$.entry.atMs') + ${FIRST_CHECK_MS}, NULL)
FROM json_each(?1) WHERE value ->> '$.work.starts' IS NOT NULL
  AND NOT (value ->> '$.work.kind' = 'response' AND EXISTS (SELECT 1 FROM requests AS r
    WHERE r.account_id = value ->> '$.entry.accountId' AND r.id = value ->> '$.entry.id'
      AND r.cost_basis IN ('reported', 'computed')))
ON CONFLICT (account_id, id) DO UPDATE SET at_ms = excluded.at_ms, token_id = excluded.token_id,
  label = excluded.label, session = excluded.session, tags = excluded.tags, kind = excluded.kind, request_id = excluded.request_id,
  requested_model = excluded.requested_model, mode = excluded.mode,
  pieces = excluded.pieces, counted_ticks = excluded.counted_ticks, check_at_ms = excluded.check_at_ms,
  billed_by = iif(bill IS NULL, billed_by, ifnull(billed_by, excluded.request_id))
  WHERE token_id IS NULL`

const EACH_BILL = `FROM json_each(?1) AS m, json_each(m.value, '$.work.bills') AS b`

/**
 * Assigns each bill to the first request that brings it. A bill already noted under its former id
 * stays with that request.
 */
const BILL_JOBS = `INSERT INTO works (account_id, id, at_ms, billed_by)
SELECT m.value ->> '$.entry.accountId', b.value ->> '$.id', m.value ->> '$.entry.atMs',
  ifnull((SELECT former.billed_by FROM works AS former WHERE former.account_id = m.value ->> '$.entry.accountId'
    AND former.id = b.value ->> '$.formerId'), m.value ->> '$.entry.id')
${EACH_BILL} WHERE NOT ifnull(m.value ->> '$.work.repeats', 0)
ON CONFLICT (account_id, id) DO UPDATE SET billed_by = excluded.billed_by WHERE billed_by IS NULL`

/**
 * Bills of answers that came before count only if that answer is known to have broken off. Otherwise they are kept
 * for a while, in case its row comes later.
 */
const REPEAT_BILLS = `INSERT INTO works (account_id, id, at_ms, bill)
SELECT m.value ->> '$.entry.accountId', b.value ->> '$.id', m.value ->> '$.entry.atMs',
  json_object('by', m.value ->> '$.entry.id', 'bill', json(b.value))
${EACH_BILL} WHERE m.value ->> '$.work.repeats'
ON CONFLICT (account_id, id) DO UPDATE SET billed_by = excluded.bill ->> '$.by'
  WHERE token_id IS NOT NULL AND billed_by IS NULL
    AND at_ms >= ifnull((SELECT before_ms FROM pruned WHERE pruned.account_id = works.account_id), 0)`

/**
 * An answer that was recorded as lost has come complete, with its bill: no other request will bring it. Only requests
 * with an in-flight record can have been recorded as lost.
 */
const CLOSE_FOUND = `UPDATE works SET billed_by = found.id FROM (
  SELECT value ->> '$.entry.accountId' AS account_id, value ->> '$.entry.id' AS id,
    value ->> '$.entry.responseId' AS response_id FROM json_each(?1)
  WHERE value ->> '$.marked' AND value ->> '$.entry.costBasis' IN ('reported', 'computed')) AS found
WHERE works.account_id = found.account_id AND works.id = found.response_id
  AND works.kind = 'response' AND works.request_id = found.id AND works.billed_by IS NULL`

/**
 * The async job is over: no further bill is expected. Not for batches under a stored key: the cron job that fetches
 * their bills ends them.
 */
const END_WORKS = `UPDATE works SET done_at_ms = over.at_ms FROM (
  SELECT value ->> '$.entry.accountId' AS account_id, value ->> '$.work.of' AS id, value ->> '$.entry.atMs' AS at_ms
  FROM json_each(?1) WHERE value ->> '$.work.isOver') AS over
WHERE works.account_id = over.account_id AND works.id = over.id AND works.done_at_ms IS NULL
  AND NOT (works.kind = 'batch' AND works.mode = 'stored')`

/** Withdraws the estimate of an answer that broke off, once its bill has come with another request. */
const WITHDRAW_GUESSES = `UPDATE requests SET cost_basis = 'deferred', cost_ticks = NULL, computed_ticks = NULL,
  saved_ticks = NULL, counted_ticks = NULL, input_tokens = NULL, cached_tokens = NULL, output_tokens = NULL, reasoning_tokens = NULL
WHERE cost_basis IN ('estimated', 'unknown') AND (account_id, id) IN (
  SELECT w.account_id, w.request_id ${EACH_BILL} CROSS JOIN works AS w
    ON w.account_id = m.value ->> '$.entry.accountId' AND w.id = b.value ->> '$.id'
  WHERE w.kind = 'response' AND w.billed_by = m.value ->> '$.entry.id' AND w.request_id <> w.billed_by)`

/** What budgets counted for deferred work in the meantime is withdrawn, once its bill has come. */
const WITHDRAW_COUNTED = `UPDATE requests SET counted_ticks = NULL
WHERE counted_ticks IS NOT NULL AND cost_basis = 'deferred' AND (account_id, id) IN (
  SELECT w.account_id, w.request_id FROM json_each(?1) AS m CROSS JOIN works AS w
    ON w.account_id = m.value ->> '$.entry.accountId' AND w.id = m.value ->> '$.work.of'
  WHERE w.billed_by = m.value ->> '$.entry.id' AND w.request_id <> w.billed_by)`

/** Run before and after the insert of the rows. */
export const JOBS_BEFORE_ROWS = [
  START_JOBS,
  BILL_JOBS,
  REPEAT_BILLS,
  CLOSE_FOUND,
  END_WORKS,
] as const
export const JOBS_AFTER_ROWS = [WITHDRAW_GUESSES, WITHDRAW_COUNTED] as const

// CROSS JOIN keeps the order: look up each bill by its key, instead of all async jobs of the account for each column.
// https://www.sqlite.org/optoverview.html#crossjoin
/** The message's bills that are assigned to its own request. */
const OWN = `FROM json_each(e.work, '$.bills') AS b CROSS JOIN works AS w
  ON w.account_id = e.value ->> '$.accountId' AND w.id = b.value ->> '$.id' AND w.billed_by = e.value ->> '$.id'`
const STARTED = `FROM works AS w WHERE w.account_id = e.value ->> '$.accountId'
  AND w.id = e.work ->> '$.of' AND w.token_id IS NOT NULL`
/** The answer that broke off in this request, if its bill has been seen. */
const SETTLED = `FROM works AS w WHERE w.account_id = e.value ->> '$.accountId'
  AND w.id = e.work ->> '$.starts' AND w.kind = 'response' AND w.billed_by IS NOT NULL`
/** A request that was recorded as lost, if another request has brought its bill since. */
const TAKEN = `e.marked AND EXISTS (SELECT 1 FROM works AS w WHERE w.account_id = e.value ->> '$.accountId'
  AND w.id = e.value ->> '$.responseId' AND w.kind = 'response' AND w.request_id = e.value ->> '$.id'
  AND w.billed_by <> w.request_id)`
/** Above it, numbers are not exact (https://tc39.es/ecma262/#sec-number.max_safe_integer). */
const MAX_EXACT = '9007199254740991'

function basisSql(own: string): string {
  const basis = `ifnull(b.value ->> '$.costBasis', ${own})`
  return `CASE WHEN count(*) = 0 THEN 'none' WHEN total(b.value ->> '$.costTicks') > ${MAX_EXACT} THEN 'unknown'
    WHEN count(DISTINCT ${basis}) = 1 THEN min(${basis})
    WHEN total(${basis} = 'unknown') > 0 THEN 'estimated' ELSE 'computed' END`
}

const sumSql = (field: string): string =>
  `iif(total(b.value ->> '$.${field}') > ${MAX_EXACT}, NULL, sum(b.value ->> '$.${field}'))`

/**
 * The SQL value of a column for entry `e.value` with async job `e.work`. `e.marked`: it has left an in-flight record.
 */
export function columnSql(field: Field): string {
  const own = `e.value ->> '$.${field}'`
  const bills = `json_array_length(e.work, '$.bills')`
  if (field === 'costBasis' || BILLED.includes(field)) {
    const billed = field === 'costBasis' ? basisSql(own) : sumSql(field)
    const given = field === 'costBasis' ? `'deferred'` : 'NULL'
    return `CASE WHEN ${bills} > 0 THEN (SELECT ${billed} ${OWN})
    WHEN EXISTS (SELECT 1 ${SETTLED})
      THEN (SELECT iif(w.billed_by = e.value ->> '$.id', w.bill ->> '$.bill.${field}', ${given}) ${SETTLED})
    WHEN ${TAKEN} THEN ${given} ELSE ${own} END`
  }
  // Rows of an older deployment lack the flag. Fetching a result again is not a new answer.
  if (field === 'redirected')
    return `CASE WHEN ${bills} > 0 AND NOT EXISTS (SELECT 1 ${OWN}) THEN 0 ELSE ifnull(${own}, 0) END`
  const { sql, fallback } = columnOf(field)
  // Messages and rows of an older deployment may lack it.
  if (fallback != null) return `ifnull(${own}, ${Number(fallback)})`
  if (!OF_BEGINNER.includes(field)) return own
  // A bill goes to the requester who began the job. A request without a bill of its own stays with its requester.
  return `CASE WHEN ${bills} > 0 AND EXISTS (SELECT 1 ${OWN}) AND EXISTS (SELECT 1 ${STARTED})
    THEN (SELECT w.${sql} ${STARTED}) ELSE ${own} END`
}
