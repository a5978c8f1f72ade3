/** What is sealed in the database DB, by its table. A table that is missing here is never sealed anew. */
export interface Sealed {
  table: 'tokens' | 'provider_keys'
  /** What tells a row apart beside its account. */
  key: 'id' | 'provider'
  /** The rows whose secret is still of use. */
  where: string
  /** What it is sealed for: it opens nowhere else. */
  context: (accountId: string, key: string) => string
}

export const SEALED = {
  tokens: {
    table: 'tokens',
    key: 'id',
    where: 'revoked_at_ms IS NULL',
    context: (accountId, id) => `${accountId}|token|${id}`,
  },
  providerKeys: {
    table: 'provider_keys',
    key: 'provider',
    where: 'TRUE',
    context: (accountId, provider) => `${accountId}|provider-key|${provider}`,
  },
} as const satisfies Record<string, Sealed>

/** The version of the master key that a column's text is sealed under. */
export const VERSION_SQL = `substr(sealed, 4, instr(substr(sealed, 4), '.') - 1)`

/** How many secrets of each version there are: `version`, `tokens`, `keys`. */
export const VERSIONS_SQL = `SELECT version, sum(kind = 'tokens') AS tokens, sum(kind = 'provider_keys') AS keys FROM (
  ${Object.values(SEALED)
    .map(
      ({ table, where }) =>
        `SELECT '${table}' AS kind, ${VERSION_SQL} AS version FROM ${table} WHERE ${where}`,
    )
    .join(' UNION ALL ')}) GROUP BY version ORDER BY version`

/** The version that seals, and when a job last found it to be: `noteCurrent`. */
export const CURRENT_SQL = `SELECT version, current_at_ms AS atMs FROM canaries WHERE current_at_ms IS NOT NULL
  ORDER BY current_at_ms DESC LIMIT 1`
