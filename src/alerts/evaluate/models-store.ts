import type { Env } from '../../env.ts'
import { DAY_MS, HOUR_MS } from '../../http/time.ts'
import { readPriceState } from '../../settlement/prices-store.ts'
import type { StatedRule } from '../rules/rule.ts'
import { finding, type Finding } from './judge.ts'
import { hourOf } from './spending-store.ts'
import { readRules } from './tell-store.ts'

/** Pairs that are looked at in a run, others in each: rows may come for hours, which is many runs. */
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
  SELECT r.id, s.requested_model AS requestedModel, s.model FROM rules AS r
  CROSS JOIN redirects AS s ON s.account_id = r.account_id AND s.hour_ms >= ?2 GROUP BY 1, 2, 3 ORDER BY random() LIMIT ${MOST}`

const DELISTED = `WITH ${RULES}
  SELECT r.id, s.model AS requestedModel, NULL AS model FROM rules AS r
  CROSS JOIN summaries AS s ON s.account_id = r.account_id AND s.kind = 'day' AND s.start_ms >= ?2 AND s.label = ''
  WHERE s.model IN (SELECT value FROM json_each(?3)) GROUP BY 1, 2 ORDER BY random() LIMIT ${MOST}`

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
  const fresh = changes.flatMap(({ id, ...pair }) => {
    const rule = byId.get(id)
    const isKnown = rule === undefined || Object.hasOwn(rule.states, subjectOf(pair))
    return isKnown ? [] : [{ rule, pair }]
  })
  const older = await olderPairs(env, fresh)
  return fresh.map(({ rule, pair }) => {
    const found = changeOf(rule, pair, nowMs)
    return older(rule, pair) ? { ...found, measured: { isKnown: true } } : found
  })
}

interface Fresh {
  rule: StatedRule
  pair: Omit<Change, 'id'>
}

const subjectOf = ({ requestedModel, model }: Omit<Change, 'id'>): string =>
  `${requestedModel} > ${model ?? 'gone'}`

/** Whether a pair was in use before its rule was created: then it is no news. */
async function olderPairs(
  { LEDGER }: Pick<Env, 'LEDGER'>,
  fresh: readonly Fresh[],
): Promise<(rule: StatedRule, pair: Fresh['pair']) => boolean> {
  if (fresh.length === 0) return () => false
  const asked = fresh
    .filter(({ pair }) => pair.model !== null)
    .map(({ rule: { id, accountId, createdAtMs }, pair }) => ({
      id,
      accountId,
      createdAtMs,
      ...pair,
    }))
  const { results } = await LEDGER.prepare(
    `SELECT one.value ->> 'id' AS id, one.value ->> 'requestedModel' AS requestedModel, one.value ->> 'model' AS model
     FROM json_each(?1) AS one WHERE EXISTS (SELECT 1 FROM redirects AS s WHERE s.account_id = one.value ->> 'accountId'
       AND s.hour_ms < one.value ->> 'createdAtMs' - ${HOUR_MS} AND s.requested_model = one.value ->> 'requestedModel' AND s.model = one.value ->> 'model')`,
  )
    .bind(JSON.stringify(asked))
    .all<Change>()
  const known = new Set(results.map(({ id, ...pair }) => `${id} ${subjectOf(pair)}`))
  return (rule, pair) => known.has(`${rule.id} ${subjectOf(pair)}`)
}

const changeOf = (
  rule: StatedRule,
  { requestedModel, model }: Omit<Change, 'id'>,
  atMs: number,
): Finding =>
  finding(rule, {
    subject: subjectOf({ requestedModel, model }),
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
