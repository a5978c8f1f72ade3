import type { Amounts } from './amounts.ts'
import type { BillableUnits } from '../metering/billable-units.ts'
import { asCount } from '../metering/counts.ts'
import { priceTokens } from '../pricing/price.ts'
import { contextTokens, findPrice, type PriceRow } from '../pricing/prices.ts'
import { estimateInput, MOST_UNSEEN_TOKENS } from '../pricing/prompt.ts'
import { priceUnits } from '../pricing/unit-prices.ts'
import { VIDEO_LENGTH } from '../xai/billable-units.ts'
import { OUTPUT_LIMITS, type BodyFacts } from '../xai/body-facts.ts'

/** Output that is reserved before anything is known of requests like it. Never the most that it may be. */
const OUTPUT_TOKENS = 1_000
/** Two seconds of the fastest output: what passes before a stream that is to stop has stopped. */
const STOPPING_TOKENS = 4_000
/** What is assumed of a model that the table does not have: what the dearest one costs and reads. */
const DEAREST = 'grok-4.7'
const CONTEXT_TOKENS = 1_000_000

/** xAI's default, in seconds. */
const VIDEO_SECONDS = 8

/** What is known of a request before it goes to xAI. */
export interface Foreseen {
  facts: BodyFacts
  units: BillableUnits | null
  /** It answers with tokens. Otherwise only what it names by the unit is foreseen. */
  isText: boolean
  isStream: boolean
}

export interface Estimate {
  /** It is known by the unit, so that earlier requests do not matter. */
  isExact: boolean
  expected: Amounts
  /** The most that it can use. */
  worst: Amounts
  /** The most beyond the expected that passes before a stream is stopped. Null: it is no stream. */
  stopping: Amounts | null
}

/** What a request will use, by what it says, and the most that it can. */
export function foresee({ facts, units, isText, isStream }: Foreseen, atMs: number): Estimate {
  const counted = units && withSeconds(units, facts)
  if (counted) return sure(priceUnits(counted, facts.requestedModel, atMs) ?? 0, true)
  if (!isText) return sure(0, false)
  const model = facts.requestedModel ?? DEAREST
  const row = findPrice(model, atMs) ?? findPrice(DEAREST, atMs)!
  const context = contextTokens(model, atMs) ?? CONTEXT_TOKENS
  const input = estimateInput(facts.textBytes, [], { contextTokens: context, beforeTokens: 0 })
  const output = Math.min(outputLimit(facts), OUTPUT_TOKENS)
  const expected = amountsOf(row, input, output)
  // A model reads and writes no more than its context window.
  const dearest = { cached: null, input: most(row, 'input'), output: most(row, 'output') }
  const worst = amountsOf(
    { ...dearest, input: Math.max(dearest.input, dearest.output) },
    context,
    0,
  )
  const mostInput = facts.isAllText
    ? Math.min(facts.textBytes + MOST_UNSEEN_TOKENS, context)
    : context
  const stopping = isStream ? amountsOf(dearest, mostInput - input, STOPPING_TOKENS) : null
  return { isExact: false, expected, worst, stopping }
}

/** The answer says how long a video is; the request may. */
function withSeconds(units: BillableUnits, { members }: BodyFacts): BillableUnits | null {
  if (units.count > 0) return units
  if (units.unit !== 'videoSecond') return null
  return { ...units, count: asCount(members[VIDEO_LENGTH]) ?? VIDEO_SECONDS }
}

const sure = (cost: number, isExact: boolean): Estimate => {
  const amounts = { cost, tokens: 0, requests: 1 }
  return { isExact, expected: amounts, worst: amounts, stopping: null }
}

function amountsOf(row: PriceRow, input: number, output: number): Amounts {
  const { ticks } = priceTokens(row, { input, output, cached: 0, reasoning: 0 })
  return { cost: ticks, tokens: input + output, requests: 1 }
}

/** The highest rate of a row: long prompts may cost more. */
const most = (row: PriceRow, of: 'input' | 'output'): number =>
  Math.max(row[of], row.long?.[of] ?? 0)

const outputLimit = ({ members }: BodyFacts): number =>
  Math.min(...OUTPUT_LIMITS.map((name) => asCount(members[name]) ?? Number.POSITIVE_INFINITY))
