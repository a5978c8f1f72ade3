// Work that is billed once. In each statement ?1 is a JSON array of messages.

const BILLED = [
  'costTicks',
  'computedTicks',
  'savedTicks',
  'inputTokens',
  'cachedTokens',
  'outputTokens',
  'reasoningTokens',
]

/** The first look at work whose bill a job may fetch itself: callers come earlier. */
const FIRST_CHECK_MS = 600_000

/**
 * Notes who began a piece of work. Where its bill has been seen already, and was kept (REPEAT_BILLS), it is
 * the beginner's.
 */
const START_WORKS = `INSERT INTO works (account_id, id, at_ms, token_id, label, kind, request_id, mode, pieces, check_at_ms)
SELECT value ->> '$.entry.accountId', value ->> '$.work.starts', value ->> '$.entry.atMs',
  value ->> '$.entry.tokenId', value ->> '$.entry.label', value ->> '$.work.kind', value ->> '$.entry.id',
  value ->> '$.entry.mode', value ->> '$.work.pieces',
  iif(value ->> '$.work.kind' IN ('video', 'batch') AND value ->> '$.entry.mode' = 'stored',
    (value ->> '$.entry.atMs') + ${FIRST_CHECK_MS}, NULL)
FROM json_each(?1) WHERE value ->> '$.work.starts' IS NOT NULL
ON CONFLICT (account_id, id) DO UPDATE SET at_ms = excluded.at_ms, token_id = excluded.token_id,
  label = excluded.label, kind = excluded.kind, request_id = excluded.request_id, mode = excluded.mode,
  pieces = excluded.pieces, check_at_ms = excluded.check_at_ms,
  billed_by = iif(bill IS NULL, billed_by, ifnull(billed_by, excluded.request_id))
  WHERE token_id IS NULL`

const EACH_BILL = `FROM json_each(?1) AS m, json_each(m.value, '$.work.bills') AS b`

/** Gives each bill to the first request that brings it. */
const BILL_WORKS = `INSERT INTO works (account_id, id, at_ms, billed_by)
SELECT m.value ->> '$.entry.accountId', b.value ->> '$.id', m.value ->> '$.entry.atMs', m.value ->> '$.entry.id'
${EACH_BILL} WHERE NOT ifnull(m.value ->> '$.work.repeats', 0)
ON CONFLICT (account_id, id) DO UPDATE SET billed_by = excluded.billed_by WHERE billed_by IS NULL`

/**
 * Bills of answers that came before count where such an answer is known to have broken off; else they are
 * kept for a while, should that be heard of later.
 */
const REPEAT_BILLS = `INSERT INTO works (account_id, id, at_ms, bill)
SELECT m.value ->> '$.entry.accountId', b.value ->> '$.id', m.value ->> '$.entry.atMs',
  json_object('by', m.value ->> '$.entry.id', 'bill', json(b.value))
${EACH_BILL} WHERE m.value ->> '$.work.repeats'
ON CONFLICT (account_id, id) DO UPDATE SET billed_by = excluded.bill ->> '$.by'
  WHERE token_id IS NOT NULL AND billed_by IS NULL`

/** Work that is over without a bill: no bill is to be expected any more. */
const END_WORKS = `UPDATE works SET done_at_ms = over.at_ms FROM (
  SELECT value ->> '$.entry.accountId' AS account_id, value ->> '$.work.of' AS id, value ->> '$.entry.atMs' AS at_ms
  FROM json_each(?1) WHERE value ->> '$.work.isOver') AS over
WHERE works.account_id = over.account_id AND works.id = over.id AND works.done_at_ms IS NULL`

/** Of an answer that broke off, the guess goes once its bill has come with another request. */
const WITHDRAW_GUESSES = `UPDATE requests SET cost_basis = 'deferred', cost_ticks = NULL, computed_ticks = NULL,
  saved_ticks = NULL, input_tokens = NULL, cached_tokens = NULL, output_tokens = NULL, reasoning_tokens = NULL
WHERE cost_basis IN ('estimated', 'unknown') AND (account_id, id) IN (
  SELECT w.account_id, w.request_id ${EACH_BILL} JOIN works AS w
    ON w.account_id = m.value ->> '$.entry.accountId' AND w.id = b.value ->> '$.id'
  WHERE w.kind = 'response' AND w.billed_by = m.value ->> '$.entry.id' AND w.request_id <> w.billed_by)`

/** Before the rows are written, and behind them. */
export const WORKS_BEFORE_ROWS = [START_WORKS, BILL_WORKS, REPEAT_BILLS, END_WORKS] as const
export const WORKS_AFTER_ROWS = [WITHDRAW_GUESSES] as const

/** Those of a message's bills that are its own. */
const OWN = `FROM json_each(e.work, '$.bills') AS b JOIN works AS w
  ON w.account_id = e.value ->> '$.accountId' AND w.id = b.value ->> '$.id' AND w.billed_by = e.value ->> '$.id'`
const STARTED = `FROM works AS w WHERE w.account_id = e.value ->> '$.accountId'
  AND w.id = e.work ->> '$.of' AND w.token_id IS NOT NULL`
/** The answer that broke off here, whose bill has been seen. */
const SETTLED = `FROM works AS w WHERE w.account_id = e.value ->> '$.accountId'
  AND w.id = e.work ->> '$.starts' AND w.kind = 'response' AND w.billed_by IS NOT NULL`
/** Beyond it, numbers are not exact (https://tc39.es/ecma262/#sec-number.max_safe_integer). */
const MAX_EXACT = '9007199254740991'

function basisSql(own: string): string {
  const basis = `ifnull(b.value ->> '$.costBasis', ${own})`
  return `CASE WHEN count(*) = 0 THEN 'none' WHEN total(b.value ->> '$.costTicks') > ${MAX_EXACT} THEN 'unknown'
    WHEN count(DISTINCT ${basis}) = 1 THEN min(${basis})
    WHEN total(${basis} = 'unknown') > 0 THEN 'estimated' ELSE 'computed' END`
}

const sumSql = (field: string): string =>
  `iif(total(b.value ->> '$.${field}') > ${MAX_EXACT}, NULL, sum(b.value ->> '$.${field}'))`

/** What the row of entry `e.value`, with its work `e.work`, has in a column. */
export function columnSql(field: string): string {
  const own = `e.value ->> '$.${field}'`
  const bills = `json_array_length(e.work, '$.bills')`
  if (field === 'costBasis' || BILLED.includes(field)) {
    const billed = field === 'costBasis' ? basisSql(own) : sumSql(field)
    const given = field === 'costBasis' ? `'deferred'` : 'NULL'
    return `CASE WHEN ${bills} > 0 THEN (SELECT ${billed} ${OWN})
    WHEN EXISTS (SELECT 1 ${SETTLED})
      THEN (SELECT iif(w.billed_by = e.value ->> '$.id', w.bill ->> '$.bill.${field}', ${given}) ${SETTLED})
    ELSE ${own} END`
  }
  // Rows of an older deployment do not say.
  if (field === 'redirected') return `ifnull(${own}, 0)`
  const started = { tokenId: 'token_id', label: 'label' }[field]
  if (started === undefined) return own
  // The cost is that of whoever began the work; what cost nothing is the asker's own.
  return `CASE WHEN ${bills} > 0 AND EXISTS (SELECT 1 ${OWN}) AND EXISTS (SELECT 1 ${STARTED})
    THEN (SELECT w.${started} ${STARTED}) ELSE ${own} END`
}
