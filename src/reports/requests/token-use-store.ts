import { firstUuid } from '../../http/uuid.ts'

/** The requests of a token since a moment, and whose they were. */
export interface TokenUse {
  requests: number
  /** False: there are more than were counted. */
  isAll: boolean
  /** Those with the most requests. Null: requests without a requester. */
  requesters: (string | null)[]
  /** How many more requesters there are. */
  others: number
}

const COUNTED = 10_000
const NAMED = 3

export async function useOfToken(
  ledger: D1Database,
  accountId: string,
  tokenId: string,
  sinceMs: number,
): Promise<TokenUse> {
  const { results } = await ledger
    .prepare(
      `SELECT label, sum(times) AS requests, count(*) AS counted FROM (
         SELECT label, times FROM requests INDEXED BY requests_by_token
         WHERE account_id = ?1 AND token_id = ?2 AND id >= ?3 ORDER BY id DESC LIMIT ${COUNTED + 1})
       GROUP BY label ORDER BY requests DESC, label`,
    )
    .bind(accountId, tokenId, firstUuid(sinceMs))
    .all<{ label: string | null; requests: number; counted: number }>()
  const sum = (name: 'requests' | 'counted'): number =>
    results.reduce((total, one) => total + one[name], 0)
  return {
    requests: sum('requests'),
    isAll: sum('counted') <= COUNTED,
    requesters: results.slice(0, NAMED).map(({ label }) => label),
    others: Math.max(0, results.length - NAMED),
  }
}
