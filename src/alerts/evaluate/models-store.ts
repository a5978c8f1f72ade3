import type { Env } from '../../env.ts'
import { DAY_MS, HOUR_MS } from '../../http/time.ts'
import { readPriceState } from '../../settlement/prices-store.ts'
import type { StatedRule } from '../rules/rule.ts'
import { finding, type Finding } from './judge.ts'
import { hourOf } from './spending-store.ts'
import { readRules } from './tell-store.ts'

/** New pairs at once; the others come in the next run. */
const MOST = 200
/** Rows may come late: hours so far back are looked at again. */
const LATE_MS = 6 * HOUR_MS
/** A model that was used within this time is in use. */
const USED_MS = 7 * DAY_MS

interface Change {
  id: string
  requestedModel: string
  /** Null: xAI no longer lists the model. */
  model: string | null
}

const RULES = `rules AS MATERIALIZED (
    SELECT value ->> 'i' AS id, value ->> 'a' AS account_id FROM json_each(?1) WHERE value ->> 'k' = 'model_change')`

const REDIRECTED = `WITH ${RULES}
  SELECT DISTINCT r.id, s.requested_model AS requestedModel, s.model FROM rules AS r
  CROSS JOIN redirects AS s ON s.account_id = r.account_id AND s.hour_ms >= ?2 LIMIT ${MOST}`

const DELISTED = `WITH ${RULES}
  SELECT DISTINCT r.id, s.model AS requestedModel, NULL AS model FROM rules AS r
  CROSS JOIN summaries AS s ON s.account_id = r.account_id AND s.kind = 'day' AND s.start_ms >= ?2 AND s.label = ''
  WHERE s.model IN (SELECT value FROM json_each(?3)) LIMIT ${MOST}`

/** Models that other models answer since lately, and models in use that xAI no longer lists. Each pair is told once. */
export async function findModelChanges(
  env: Env,
  rules: string,
  sinceMs: number,
  nowMs: number,
): Promise<Finding[]> {
  if (!rules.includes('"model_change"')) return []
  const isHourNew = hourOf(nowMs) > hourOf(sinceMs)
  const gone = isHourNew ? Object.keys((await readPriceState(env)).delisted) : []
  const [redirected, delisted] = await env.LEDGER.batch<Change>([
    env.LEDGER.prepare(REDIRECTED).bind(rules, hourOf(sinceMs - LATE_MS)),
    ...(gone.length > 0
      ? [env.LEDGER.prepare(DELISTED).bind(rules, nowMs - USED_MS, JSON.stringify(gone))]
      : []),
  ])
  const changes = [...(redirected?.results ?? []), ...(delisted?.results ?? [])]
  const byId = await readRules(env, [...new Set(changes.map(({ id }) => id))])
  return changes.flatMap(({ id, ...pair }) => {
    const rule = byId.get(id)
    return rule ? [changeOf(rule, pair, nowMs)] : []
  })
}

const changeOf = (
  rule: StatedRule,
  { requestedModel, model }: Omit<Change, 'id'>,
  atMs: number,
): Finding =>
  finding(rule, {
    subject: `${requestedModel} > ${model ?? 'gone'}`,
    atMs,
    measured: { is: true, level: 'alert' },
    fromMs: atMs - DAY_MS,
    toMs: atMs,
    detail: { requestedModel, model },
  })

/** When models of an account were first answered by others, since a moment; pairs that are older are left out. */
export async function findFirstRedirects(
  { LEDGER }: Pick<Env, 'LEDGER'>,
  rules: readonly StatedRule[],
  sinceMs: number,
  nowMs: number,
): Promise<Finding[]> {
  const { results } = await LEDGER.prepare(
    `SELECT requested_model AS requestedModel, model, min(hour_ms) AS hourMs FROM redirects
     WHERE account_id = ?1 GROUP BY 1, 2 HAVING min(hour_ms) >= ?2 ORDER BY 3 LIMIT ${MOST}`,
  )
    .bind(rules[0]?.accountId ?? '', sinceMs)
    .all<{ requestedModel: string; model: string; hourMs: number }>()
  return rules.flatMap((rule) =>
    results.map(({ hourMs, ...pair }) => changeOf(rule, pair, Math.min(hourMs + HOUR_MS, nowMs))),
  )
}
