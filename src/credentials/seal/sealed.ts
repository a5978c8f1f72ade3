import { some } from '../../http/format.ts'

/** A table of the database DB with sealed secrets. Tables that are missing here are never resealed. */
export interface Sealed {
  table: 'tokens' | 'provider_keys' | 'management_keys' | 'channels' | 'trace_targets'
  /** The column that identifies a row, together with its account. */
  key: 'id' | 'provider'
  /** SQL condition: the rows whose secret is still in use. */
  where: string
  /** The context that a secret is sealed with. It opens in no other. */
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
  managementKeys: {
    table: 'management_keys',
    key: 'provider',
    where: 'TRUE',
    context: (accountId, provider) => `${accountId}|management-key|${provider}`,
  },
  channels: {
    table: 'channels',
    key: 'id',
    where: 'TRUE',
    context: (accountId, id) => `${accountId}|channel|${id}`,
  },
  traceTargets: {
    table: 'trace_targets',
    key: 'provider',
    where: 'TRUE',
    context: (accountId, provider) => `${accountId}|trace-target|${provider}`,
  },
} as const satisfies Record<string, Sealed>

/** The number of secrets that are sealed under a version of the master key. */
export interface SecretCounts {
  tokens: number
  /** xAI keys and management keys. */
  keys: number
  /** Channels of alerts, and targets of traces. */
  channels: number
}

/** "2 tokens, 1 xAI key". Channels are named only if there are any. */
export const secretWords = ({ tokens, keys, channels }: SecretCounts): string[] => [
  some(tokens, 'token'),
  some(keys, 'xAI key'),
  ...(channels > 0 ? [some(channels, 'channel')] : []),
]

/** The version of the master key that the column `sealed` names. */
export const VERSION_SQL = `substr(sealed, 4, instr(substr(sealed, 4), '.') - 1)`

/** The number of secrets of each version: `version`, `tokens`, `keys` (xAI's, of both kinds), `channels`. */
export const VERSIONS_SQL = `SELECT version, sum(kind = 'tokens') AS tokens,
    sum(kind IN ('provider_keys', 'management_keys')) AS keys, sum(kind IN ('channels', 'trace_targets')) AS channels FROM (
  ${Object.values(SEALED)
    .map(
      ({ table, where }) =>
        `SELECT '${table}' AS kind, ${VERSION_SQL} AS version FROM ${table} WHERE ${where}`,
    )
    .join(' UNION ALL ')}) GROUP BY version ORDER BY version`

/** The version that seals new secrets, and when a job last recorded it (`noteCurrent`). */
export const CURRENT_SQL = `SELECT version, current_at_ms AS atMs FROM canaries WHERE current_at_ms IS NOT NULL
  ORDER BY current_at_ms DESC LIMIT 1`
