import type { Tokens } from '../metering/counts.ts'
import { effectiveAt, type Dated } from './dated.ts'
import { priceUnits } from './unit-prices.ts'
import { batchRatio, findPrice, TABLE, type PriceRow, type Prices } from './prices.ts'
import table from './prices.json' with { type: 'json' }
import { both, ONCE, scaled, type Ratio } from '../metering/ratio.ts'
import type { Usage } from '../metering/usage.ts'

/**
 * The source of a cost. `reported`: by xAI. `computed`: from complete usage. `estimated`: from the part of a
 * cut answer that passed. `deferred`: a later request will bring the bill. `unknown`: a price or a count is
 * missing. `none`: nothing was billed.
 */
export const COST_BASES = [
  'reported',
  'computed',
  'estimated',
  'deferred',
  'unknown',
  'none',
] as const
export type CostBasis = (typeof COST_BASES)[number]

export interface Cost {
  costTicks: number | null
  costBasis: CostBasis
  /** The cost by our own table. Next to a reported cost it shows whether the table is stale. */
  computedTicks: number | null
  /** The discount by xAI's prompt cache, by our own table. */
  savedTicks: number | null
}

/** The prices that apply. */
interface Terms {
  atMs: number
  prices: Prices
  /** Only some models have a known batch price. Others have no computed cost in a batch. */
  inBatch: boolean
}

const toolCallPrices: Record<string, Dated<{ each: number }>[]> = table.toolCalls

/**
 * Σ tokens × price in ticks, and what the cache saved. From the threshold on, the long-context price applies
 * to the whole request, not only to the tokens beyond it. In a row without a price for cached tokens, they
 * cost the same as input.
 */
export function priceTokens(row: PriceRow, tokens: Tokens): { ticks: number; savedTicks: number } {
  const rates = row.long && tokens.input >= row.long.threshold ? row.long : row
  const savedTicks = tokens.cached * (rates.input - (rates.cached ?? rates.input))
  return {
    ticks: tokens.input * rates.input + tokens.output * rates.output - savedTicks,
    savedTicks,
  }
}

/** Null: a tool is not in the table, and a sum without it is not the cost. */
function priceToolCalls(calls: Readonly<Record<string, number>>, atMs: number): number | null {
  let ticks = 0
  for (const [tool, count] of Object.entries(calls)) {
    const row = effectiveAt(
      Object.hasOwn(toolCallPrices, tool) ? (toolCallPrices[tool] ?? []) : [],
      atMs,
    )
    if (row === null) return null
    ticks += count * row.each
  }
  return ticks
}

interface Computed {
  ticks: number
  savedTicks: number
}

/** Adds tool calls and applies the host's ratio. Null: a tool has no price, or the sum is too large to be exact. */
function withTools(priced: Computed, usage: Usage, atMs: number, host: Ratio): Computed | null {
  const tools = priceToolCalls(usage.toolCalls ?? {}, atMs)
  const ticks = tools === null ? null : scaled(priced.ticks + tools, host)
  const savedTicks = scaled(priced.savedTicks, host)
  return ticks === null || savedTicks === null ? null : { ticks, savedTicks }
}

function compute(usage: Usage, tokens: Tokens, terms: Terms): Computed | null {
  const { atMs, prices, inBatch } = terms
  const price = usage.model === null ? null : findPrice(usage.model, atMs, prices)
  const batch = inBatch ? batchRatio(usage.model ?? '') : ONCE
  if (price === null || batch === null) return null
  const ratio = both(usage.serviceTier === 'priority' ? table.priority : ONCE, batch)
  const priced = priceTokens(price, tokens)
  const [ticks, savedTicks] = [scaled(priced.ticks, ratio), scaled(priced.savedTicks, ratio)]
  if (ticks === null || savedTicks === null) return null
  return withTools({ ticks, savedTicks }, usage, atMs, prices.host)
}

function computeUnits(usage: Usage, { atMs, prices }: Terms): Computed | null {
  const ticks = usage.units && priceUnits(usage.units, usage.model, atMs, prices.images)
  return ticks === null ? null : withTools({ ticks, savedTicks: 0 }, usage, atMs, prices.host)
}

/** Usage billed by the unit is not billed by its tokens, too. */
const computeAll = (usage: Usage, tokens: Tokens | null, terms: Terms): Computed | null =>
  usage.units || tokens === null ? computeUnits(usage, terms) : compute(usage, tokens, terms)

/** The cost of an answer with complete usage, at the prices of `atMs`. */
export function costOfUsage(
  usage: Usage,
  atMs: number,
  prices: Prices = TABLE,
  inBatch = false,
): Cost {
  const computed = computeAll(usage, usage.tokens, { atMs, prices, inBatch })
  const computedTicks = computed?.ticks ?? null
  const savedTicks = computed?.savedTicks ?? null
  if (usage.reportedTicks) {
    return { costTicks: usage.reportedTicks, costBasis: 'reported', computedTicks, savedTicks }
  }
  const costBasis = computed === null ? 'unknown' : 'computed'
  return { costTicks: computedTicks, costBasis, computedTicks, savedTicks }
}

/** The cost of an answer that was cut, from counted or estimated tokens. */
export function costOfEstimate(
  usage: Usage,
  tokens: Tokens,
  atMs: number,
  prices: Prices = TABLE,
): Cost {
  const computed = computeAll(usage, tokens, { atMs, prices, inBatch: false })
  return {
    costTicks: computed?.ticks ?? null,
    costBasis: computed === null ? 'unknown' : 'estimated',
    computedTicks: null,
    savedTicks: computed?.savedTicks ?? null,
  }
}
