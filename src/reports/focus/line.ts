// Lines as FOCUS 1.2 has them: https://focus.finops.org/focus-specification/v1-2/
import { decimalUsd } from '../../http/format.ts'
import { monthOf } from '../../http/time.ts'
import { csvLine, type CsvCell } from '../requests/csv.ts'
import { costOf } from '../usage/present.ts'
import type { CubeCell } from '../usage/cube-store.ts'

/** A cell with its period. */
export interface Charge extends CubeCell {
  fromMs: number
  beforeMs: number
}

export interface FocusAccount {
  id: string
  name: string
  tokenNames: ReadonlyMap<string, string>
}

const iso = (ms: number): string => new Date(ms).toISOString().replace('.000', '')

/** Costs that are the least sure come first: a sum is as sure as its least sure part. */
function basisOf(charge: Charge): string {
  if (charge.unknownCosts > 0) return 'unknown'
  if (charge.estimatedTicks > 0) return 'estimated'
  return charge.computedTicks > 0 ? 'computed' : 'reported'
}

const orNull = (text: string): string | null => (text === '' ? null : text)

function describe({ model, requester, token }: Charge, { tokenNames }: FocusAccount): string {
  const by = requester === '' ? '' : ` by ${requester.trim()}`
  return `${model === '' ? 'Requests' : model}${by} with the token ${tokenNames.get(token) ?? token}`
}

const tagsOf = ({ model, requester, token }: Charge, { tokenNames }: FocusAccount): string =>
  JSON.stringify({
    ...(model === '' ? {} : { model }),
    ...(requester === '' ? {} : { requester: requester.trim() }),
    token: tokenNames.get(token) ?? token,
  })

type Column = (charge: Charge, account: FocusAccount) => CsvCell

const cost: Column = (charge) => decimalUsd(costOf(charge))
const tokens: Column = ({ inputTokens, outputTokens }) => inputTokens + outputTokens

/**
 * Every column, in order. Of FOCUS: all that are mandatory, and those that apply of the others. xAI grants no
 * discounts by itself, so that the four costs are the same. `x_`: our own.
 */
export const COLUMNS: Readonly<Record<string, Column>> = {
  BilledCost: cost,
  BillingAccountId: (_, { id }) => id,
  BillingAccountName: (_, { name }) => name,
  BillingCurrency: () => 'USD',
  BillingPeriodEnd: ({ fromMs }) => iso(monthOf(fromMs, 1)),
  BillingPeriodStart: ({ fromMs }) => iso(monthOf(fromMs)),
  ChargeCategory: () => 'Usage',
  ChargeClass: () => null,
  ChargeDescription: describe,
  ChargeFrequency: () => 'Usage-Based',
  ChargePeriodEnd: ({ beforeMs }) => iso(beforeMs),
  ChargePeriodStart: ({ fromMs }) => iso(fromMs),
  ConsumedQuantity: tokens,
  ConsumedUnit: () => 'Tokens',
  ContractedCost: cost,
  EffectiveCost: cost,
  InvoiceIssuerName: () => 'xAI',
  ListCost: cost,
  PricingQuantity: tokens,
  PricingUnit: () => 'Tokens',
  ProviderName: () => 'xAI',
  PublisherName: () => 'xAI',
  ServiceCategory: () => 'AI and Machine Learning',
  ServiceName: () => 'Grok API',
  ServiceSubcategory: () => 'Generative AI',
  SubAccountId: ({ token }) => token,
  SubAccountName: ({ token }, { tokenNames }) => tokenNames.get(token) ?? null,
  SubAccountType: () => 'Metrion token',
  Tags: tagsOf,
  x_CostBasis: basisOf,
  x_ReportedCost: ({ reportedTicks }) => decimalUsd(reportedTicks),
  x_ComputedCost: ({ computedTicks }) => decimalUsd(computedTicks),
  x_EstimatedCost: ({ estimatedTicks }) => decimalUsd(estimatedTicks),
  x_PassThroughCost: ({ passThroughTicks }) => decimalUsd(passThroughTicks),
  x_UnknownCosts: ({ unknownCosts }) => unknownCosts,
  x_Model: ({ model }) => orNull(model),
  x_Requester: ({ requester }) => orNull(requester.trim()),
  x_Requests: ({ requests }) => requests,
  x_InputTokens: ({ inputTokens }) => inputTokens,
  x_CachedInputTokens: ({ cachedTokens }) => cachedTokens,
  x_OutputTokens: ({ outputTokens }) => outputTokens,
  x_ReasoningTokens: ({ reasoningTokens }) => reasoningTokens,
}

export const FOCUS_HEAD = csvLine(Object.keys(COLUMNS))

export const toFocusLine = (charge: Charge, account: FocusAccount): string =>
  csvLine(Object.values(COLUMNS).map((column) => column(charge, account)))
