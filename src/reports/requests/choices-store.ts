/** The most values of a kind that a filter offers. */
export const MOST_CHOICES = 200

export interface Choices {
  models: readonly string[]
  requesters: readonly string[]
}

/**
 * The first models and requesters of an account, by name, that start with `prefix`. Each is found with one step through
 * an index.
 */
export async function listChoices(
  ledger: D1Database,
  accountId: string,
  prefix = '',
): Promise<Choices> {
  const [models, requesters] = await ledger.batch<{ value: string }>(
    [
      distinctSql('requests_by_model', 'ifnull(model, requested_model)'),
      distinctSql('requests_by_label', 'label'),
    ].map((sql) => ledger.prepare(sql).bind(accountId, prefix)),
  )
  const values = (found: typeof models): string[] => found?.results.map(({ value }) => value) ?? []
  return { models: values(models), requesters: values(requesters) }
}

function distinctSql(index: string, column: string): string {
  const least = (condition: string): string =>
    `SELECT min(${column}) FROM requests INDEXED BY ${index} WHERE account_id = ?1 AND ${column} ${condition}`
  return `WITH RECURSIVE found (value) AS (
      ${least('>= ?2')} UNION ALL
      SELECT (${least('> found.value')}) FROM found WHERE substr(found.value, 1, length(?2)) = ?2)
    SELECT value FROM found WHERE substr(value, 1, length(?2)) = ?2 LIMIT ${MOST_CHOICES}`
}
