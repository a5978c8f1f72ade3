import { openProviderKey } from '../credentials/keys/provider-key.ts'
import { readSettings, readSiteSettings, type Env } from '../env.ts'
import { everyAccountOf } from '../schema/sql.ts'
import { hostRatio, TABLE, withFetched, type Prices } from '../pricing/prices.ts'
import type { Ratio } from '../metering/ratio.ts'
import { within } from '../http/time-limit.ts'
import { imageModels, languageModels, learn } from '../xai/price-list.ts'
import {
  isDrifting,
  NOTHING_LEARNED,
  withLists,
  type Drifting,
  type PriceState,
} from '../pricing/fetched-prices.ts'
import { DAY_MS } from '../http/time.ts'

const KEY = 'prices'
const KV_LIMIT_MS = 1_000
const MEMORY_MS = 600_000
let remembered: { prices: Prices; untilMs: number } | null = null

/** Some of xAI's regions cost more. */
const hostOf = (env: Env): Ratio => hostRatio(readSettings(env).xaiOrigin)

/** The current prices. If KV cannot be read: those read last, or else the repository's table. */
export async function currentPrices(env: Env, nowMs: number): Promise<Prices> {
  if (remembered && remembered.untilMs > nowMs) return remembered.prices
  let prices = remembered?.prices ?? { ...TABLE, host: hostOf(env) }
  try {
    const state = await within(KV_LIMIT_MS, 'KV', readPriceState(env))
    prices = withFetched(state, hostOf(env))
  } catch (error) {
    console.error('prices not read from KV', String(error))
  }
  remembered = { prices, untilMs: nowMs + MEMORY_MS }
  return prices
}

export async function readPriceState(env: Env): Promise<PriceState> {
  const kept = await env.TOKENS.get<PriceState>(KEY, 'json')
  return { ...NOTHING_LEARNED, ...kept }
}

/**
 * Compares known prices with xAI's lists and with xAI's bills, and stores the differences. The lists are read
 * with a stored key that the deployment chooses. A failure is stored, too; known prices stay.
 */
export async function keepPrices(env: Env, nowMs: number): Promise<boolean> {
  const state = await readPriceState(env)
  const drifting = await findDrifting(env.LEDGER, nowMs)
  let next: PriceState = { ...state, drifting }
  try {
    const key = await priceKey(env)
    const [language, image] = await Promise.all([
      readList(env, key, 'language-models'),
      readList(env, key, 'image-generation-models'),
    ])
    const lists = { language: languageModels.parse(language), image: imageModels.parse(image) }
    const fetched = learn(state, lists.language, lists.image, nowMs, hostOf(env))
    const names = [...lists.language.models, ...lists.image.models].flatMap(({ id, aliases }) => [
      id,
      ...(aliases ?? []),
    ])
    next = {
      ...next,
      ...fetched,
      ...withLists(state, names, nowMs),
      checkedAtMs: nowMs,
      problem: null,
    }
  } catch (error) {
    next.problem = error instanceof Error ? error.message.slice(0, 300) : 'not known'
  }
  await env.TOKENS.put(KEY, JSON.stringify(next))
  remembered = null
  return false
}

/** The key of PRICES_ACCOUNT, or the only stored key. */
async function priceKey(env: Env): Promise<string> {
  const { pricesAccount } = readSiteSettings(env)
  const { results } = await env.DB.prepare(
    `SELECT account_id AS accountId, sealed FROM provider_keys
     WHERE provider = 'grok' AND (?1 = '' OR account_id = ?1) LIMIT 2`,
  )
    .bind(pricesAccount)
    .all<{ accountId: string; sealed: string }>()
  const [only] = results
  if (only === undefined) throw new Error('no xAI key is saved to read the list with')
  if (results.length > 1)
    throw new Error(
      'several accounts have keys; set PRICES_ACCOUNT to the one to read the list with',
    )
  return openProviderKey(env.MASTER_KEYS, only.accountId, only.sealed)
}

const LIST_LIMIT_MS = 20_000

async function readList(env: Env, key: string, name: string): Promise<unknown> {
  const response = await fetch(`${readSettings(env).xaiOrigin}/v1/${name}`, {
    headers: { authorization: `Bearer ${key}` },
    redirect: 'manual',
    signal: AbortSignal.timeout(LIST_LIMIT_MS),
  })
  if (!response.ok) throw new Error(`xAI answered ${response.status} to GET /v1/${name}`)
  return response.json()
}

/** Models of any account whose bills of the last day differ from the table. */
async function findDrifting(ledger: D1Database, nowMs: number): Promise<Drifting[]> {
  const { results } = await ledger
    .prepare(
      `WITH RECURSIVE ${everyAccountOf('rollups')}
       SELECT s.model AS model, sum(s.compared_requests) AS requests, sum(s.compared_ticks) AS compared,
         sum(s.listed_ticks) AS listed
       FROM accounts CROSS JOIN rollups AS s ON s.account_id = accounts.id AND s.hour_ms >= ?1
       WHERE s.compared_ticks > 0 GROUP BY s.model`,
    )
    .bind(nowMs - DAY_MS)
    .all<{ model: string; requests: number; compared: number; listed: number }>()
  return results
    .filter(({ compared, listed, requests }) => isDrifting(compared, listed, requests))
    .map(({ model, requests, compared, listed }) => ({
      model,
      requests,
      share: listed / compared - 1,
    }))
}
