import { inForce, type Dated } from './dated.ts'
import { pricePieces } from './pieces.ts'
import { findPrice, TABLE, type PriceRow, type Prices } from './prices.ts'
import table from './prices.json' with { type: 'json' }
import type { Tokens, Usage } from './usage.ts'

/**
 * How a cost is known: `reported` by xAI, `computed` from its complete usage, `estimated` from what
 * passed of an answer that was cut, `deferred` to the request that will bring the bill, `unknown` for
 * want of a price or of a count, `none` where nothing was billed.
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
  /** The cost by our own table; beside a reported one it shows whether the table is stale. */
  computedTicks: number | null
  /** What xAI's prompt cache took off the price, by our own table. */
  savedTicks: number | null
}

const toolCallPrices: Record<string, Dated<{ each: number }>[]> = table.toolCalls

/**
 * Σ tokens × price in ticks, and what the cache took off it. From the threshold on, the whole request
 * costs the long-context price, not only the tokens beyond it. Where a row has no price for cached
 * tokens they cost as input.
 */
export function priceTokens(row: PriceRow, tokens: Tokens): { ticks: number; savedTicks: number } {
  const rates = row.long && tokens.input >= row.long.threshold ? row.long : row
  const savedTicks = tokens.cached * (rates.input - (rates.cached ?? rates.input))
  return {
    ticks: tokens.input * rates.input + tokens.output * rates.output - savedTicks,
    savedTicks,
  }
}

/** Null where a tool is not in the table: a sum that leaves something out is not a cost. */
function priceToolCalls(calls: Readonly<Record<string, number>>, atMs: number): number | null {
  let ticks = 0
  for (const [tool, count] of Object.entries(calls)) {
    const row = inForce(
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

function compute(usage: Usage, tokens: Tokens, atMs: number, prices: Prices): Computed | null {
  const price = usage.model === null ? null : findPrice(usage.model, atMs, prices)
  const tools = priceToolCalls(usage.toolCalls ?? {}, atMs)
  if (price === null || tools === null) return null
  const multiplier = usage.serviceTier === 'priority' ? table.priorityMultiplier : 1
  const priced = priceTokens(price, tokens)
  const ticks = priced.ticks * multiplier + tools
  return Number.isSafeInteger(ticks) ? { ticks, savedTicks: priced.savedTicks * multiplier } : null
}

function computePieces(usage: Usage, atMs: number, prices: Prices): Computed | null {
  const pieces = usage.pieces && pricePieces(usage.pieces, usage.model, atMs, prices.images)
  const tools = priceToolCalls(usage.toolCalls ?? {}, atMs)
  return pieces === null || tools === null ? null : { ticks: pieces + tools, savedTicks: 0 }
}

/** The cost of an answer whose usage is complete, at the prices of `atMs`. */
export function costOfUsage(usage: Usage, atMs: number, prices: Prices = TABLE): Cost {
  // By the piece first: what comes with tokens besides is not billed by them.
  const computed =
    computePieces(usage, atMs, prices) ??
    (usage.tokens ? compute(usage, usage.tokens, atMs, prices) : null)
  const computedTicks = computed?.ticks ?? null
  const savedTicks = computed?.savedTicks ?? null
  if (usage.reportedTicks) {
    return { costTicks: usage.reportedTicks, costBasis: 'reported', computedTicks, savedTicks }
  }
  const costBasis = computed === null ? 'unknown' : 'computed'
  return { costTicks: computedTicks, costBasis, computedTicks, savedTicks }
}

/** The cost of an answer that was cut, by the tokens that were counted or guessed. */
export function costOfEstimate(
  usage: Usage,
  tokens: Tokens,
  atMs: number,
  prices: Prices = TABLE,
): Cost {
  const computed = computePieces(usage, atMs, prices) ?? compute(usage, tokens, atMs, prices)
  return {
    costTicks: computed?.ticks ?? null,
    costBasis: computed === null ? 'unknown' : 'estimated',
    computedTicks: null,
    savedTicks: computed?.savedTicks ?? null,
  }
}
