import type { Env } from '../../env.ts'
import { DAY_MS } from '../../http/time.ts'
import { firstUuid } from '../../http/uuid.ts'
import type { StatedRule } from '../rules/rule.ts'
import { finding, type Finding } from './judge.ts'
import { readRules } from './tell-store.ts'

const MOST_EXPIRING = 200
const UNUSED_AT_ONCE = 50

interface TokenOfRule {
  ruleId: string
  accountId: string
  tokenId: string
  tokenName: string
  threshold: number
  expiresAtMs: number | null
}

const COLUMNS = `r.id AS ruleId, r.account_id AS accountId, t.id AS tokenId, t.name AS tokenName, r.threshold,
  t.expires_at_ms AS expiresAtMs`
const IN_USE = 't.revoked_at_ms IS NULL AND t.disabled = 0'
const isNew = (subject: string): string => `r.state ->> ('$."' || ${subject} || '".open') IS NULL`

async function toFindings(
  env: Env,
  tokens: readonly TokenOfRule[],
  nowMs: number,
  subjectOf: (token: TokenOfRule) => string,
): Promise<Finding[]> {
  const rules = await readRules(env, [...new Set(tokens.map(({ ruleId }) => ruleId))])
  return tokens.flatMap((token) => {
    const rule = rules.get(token.ruleId)
    if (!rule) return []
    const { tokenId, tokenName, expiresAtMs } = token
    return [
      finding(rule, {
        subject: subjectOf(token),
        atMs: nowMs,
        measured: { is: true, level: 'warning' },
        fromMs: null,
        toMs: null,
        detail: { tokenId, tokenName, ...(expiresAtMs === null ? {} : { expiresAtMs }) },
      }),
    ]
  })
}

/** Tokens that expire within the days of a rule, and of which that was not told. Another end is told again. */
export async function findExpiring(env: Env, nowMs: number): Promise<Finding[]> {
  const { results } = await env.DB.prepare(
    `SELECT ${COLUMNS} FROM alert_rules AS r JOIN tokens AS t ON t.account_id = r.account_id
     WHERE r.kind = 'token_expiry' AND ${IN_USE} AND t.expires_at_ms > ?1 AND t.expires_at_ms <= ?1 + r.threshold * ${DAY_MS}
       AND ${isNew(`t.id || '@' || t.expires_at_ms`)} LIMIT ${MOST_EXPIRING}`,
  )
    .bind(nowMs)
    .all<TokenOfRule>()
  return toFindings(env, results, nowMs, ({ tokenId, expiresAtMs }) => `${tokenId}@${expiresAtMs}`)
}

/**
 * Tokens that have not been used for the days of a rule, the next after a cursor (rule and token). A token is unused
 * if it has no row, and no sums either.
 */
export async function findUnused(
  env: Env,
  after: string,
  nowMs: number,
): Promise<{ findings: Finding[]; cursor: string | null }> {
  const { results } = await env.DB.prepare(
    `SELECT ${COLUMNS} FROM alert_rules AS r JOIN tokens AS t ON t.account_id = r.account_id
     WHERE r.kind = 'token_unused' AND ${IN_USE} AND (t.expires_at_ms IS NULL OR t.expires_at_ms > ?1)
       AND t.created_at_ms <= ?1 - r.threshold * ${DAY_MS} AND r.id || '/' || t.id > ?2 AND ${isNew('t.id')}
     ORDER BY r.id || '/' || t.id LIMIT ${UNUSED_AT_ONCE}`,
  )
    .bind(nowMs, after)
    .all<TokenOfRule>()
  if (results.length === 0) return { findings: [], cursor: null }
  const unused = new Set(await unusedOf(env.LEDGER, results, nowMs))
  const last = results.at(-1)!
  return {
    findings: await toFindings(
      env,
      results.filter((one) => unused.has(keyOf(one))),
      nowMs,
      ({ tokenId }) => tokenId,
    ),
    cursor: results.length === UNUSED_AT_ONCE ? `${last.ruleId}/${last.tokenId}` : null,
  }
}

const keyOf = ({ ruleId, tokenId }: TokenOfRule): string => `${ruleId}/${tokenId}`

async function unusedOf(
  ledger: D1Database,
  tokens: readonly TokenOfRule[],
  nowMs: number,
): Promise<string[]> {
  const asked = tokens.map((token) => {
    const sinceMs = nowMs - token.threshold * DAY_MS
    const { accountId, tokenId } = token
    return { key: keyOf(token), accountId, tokenId, sinceMs, sinceId: firstUuid(sinceMs) }
  })
  const { results } = await ledger
    .prepare(
      `SELECT one.value ->> 'key' AS key FROM json_each(?1) AS one
       WHERE NOT EXISTS (SELECT 1 FROM requests INDEXED BY requests_by_token WHERE account_id = one.value ->> 'accountId'
           AND token_id = one.value ->> 'tokenId' AND id >= one.value ->> 'sinceId')
         AND NOT EXISTS (SELECT 1 FROM summaries WHERE account_id = one.value ->> 'accountId' AND kind = 'day'
           AND start_ms >= one.value ->> 'sinceMs' AND label = '' AND token_id = one.value ->> 'tokenId')`,
    )
    .bind(JSON.stringify(asked))
    .all<{ key: string }>()
  return results.map(({ key }) => key)
}

/** When an account's tokens came near their end, within a time. */
export async function findExpiries(
  { DB }: Pick<Env, 'DB'>,
  rules: readonly StatedRule[],
  sinceMs: number,
  nowMs: number,
): Promise<Finding[]> {
  const { results } = await DB.prepare(
    `SELECT t.id AS tokenId, t.name AS tokenName, t.expires_at_ms AS expiresAtMs, t.created_at_ms AS createdAtMs
     FROM tokens AS t WHERE t.account_id = ?1 AND ${IN_USE} AND t.expires_at_ms > ?2 LIMIT ${MOST_EXPIRING}`,
  )
    .bind(rules[0]?.accountId ?? '', sinceMs)
    .all<{ tokenId: string; tokenName: string; expiresAtMs: number; createdAtMs: number }>()
  return rules.flatMap((rule) =>
    results.flatMap(({ createdAtMs, ...detail }) => {
      const nearMs = detail.expiresAtMs - (rule.threshold ?? 0) * DAY_MS
      const atMs = Math.max(createdAtMs, nearMs)
      if (atMs < sinceMs || atMs > nowMs) return []
      const measured = { is: true, level: 'warning' as const }
      const subject = `${detail.tokenId}@${detail.expiresAtMs}`
      return [finding(rule, { subject, atMs, measured, fromMs: null, toMs: null, detail })]
    }),
  )
}
