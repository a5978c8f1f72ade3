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

/** Notes who began a piece of work. */
export const START_WORKS = `INSERT INTO works (account_id, id, at_ms, token_id, label)
SELECT value ->> '$.entry.accountId', value ->> '$.work.starts', value ->> '$.entry.atMs',
  value ->> '$.entry.tokenId', value ->> '$.entry.label'
FROM json_each(?1) WHERE value ->> '$.work.starts' IS NOT NULL
ON CONFLICT (account_id, id) DO UPDATE SET token_id = excluded.token_id, label = excluded.label
  WHERE token_id IS NULL`

/** Gives each bill to the first request that brings it. */
export const BILL_WORKS = `INSERT INTO works (account_id, id, at_ms, billed_by)
SELECT m.value ->> '$.entry.accountId', b.value ->> '$.id', m.value ->> '$.entry.atMs', m.value ->> '$.entry.id'
FROM json_each(?1) AS m, json_each(m.value, '$.work.bills') AS b WHERE true
ON CONFLICT (account_id, id) DO UPDATE SET billed_by = excluded.billed_by WHERE billed_by IS NULL`

/** Those of a message's bills that are its own. */
const OWN = `FROM json_each(e.work, '$.bills') AS b JOIN works AS w
  ON w.account_id = e.value ->> '$.accountId' AND w.id = b.value ->> '$.id' AND w.billed_by = e.value ->> '$.id'`
const STARTED = `FROM works AS w WHERE w.account_id = e.value ->> '$.accountId'
  AND w.id = e.work ->> '$.of' AND w.token_id IS NOT NULL`

/** What the row of entry `e.value`, with its work `e.work`, has in a column. */
export function columnSql(field: string): string {
  const own = `e.value ->> '$.${field}'`
  const bills = `json_array_length(e.work, '$.bills')`
  if (field === 'costBasis')
    return `iif(${bills} > 0 AND NOT EXISTS (SELECT 1 ${OWN}), 'none', ${own})`
  if (BILLED.includes(field))
    return `iif(${bills} > 0, (SELECT sum(b.value ->> '$.${field}') ${OWN}), ${own})`
  const started = { tokenId: 'token_id', label: 'label' }[field]
  if (started === undefined) return own
  // The cost is that of whoever began the work; what cost nothing is the asker's own.
  return `CASE WHEN ${bills} > 0 AND EXISTS (SELECT 1 ${OWN}) AND EXISTS (SELECT 1 ${STARTED})
    THEN (SELECT w.${started} ${STARTED}) ELSE ${own} END`
}
