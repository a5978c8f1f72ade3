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

/** A sum is as sure as its least sure part. Requests whose bill comes with another one cost nothing here. */
function basisOf(charge: Charge): string {
  if (charge.unknownCosts > 0) return 'unknown'
  if (charge.estimatedTicks > 0) return 'estimated'
  if (charge.computedTicks > 0) return 'computed'
  return charge.reportedTicks === 0 && charge.deferred > 0 ? 'deferred' : 'reported'
}

const orNull = (text: string): string | null => (text === '' ? null : text)

function describe({ model, requester, token }: Charge, { tokenNames }: FocusAccount): string {
  const by = requester === '' ? '' : ` by ${requester.trim()}`
  return `${model === '' ? 'Requests' : model}${by} with the token ${tokenNames.get(token) ?? token}`
}

/** Keys that are not the account's own have a prefix. */
const tagsOf = ({ model, requester, token }: Charge, { tokenNames }: FocusAccount): string =>
  JSON.stringify({
    ...(requester === '' ? {} : { requester }),
    ...(model === '' ? {} : { 'metrion/model': model }),
    'metrion/token': tokenNames.get(token) ?? token,
  })

type Column = (charge: Charge, account: FocusAccount) => CsvCell

/** What callers paid with keys of their own is on other bills. */
const cost: Column = (charge) => decimalUsd(costOf(charge) - charge.passThroughTicks)

const tokensOf = ({ inputTokens, outputTokens }: Charge): number => inputTokens + outputTokens
/** Images, videos and sound have no tokens: there requests are counted. */
const quantity: Column = (charge) => tokensOf(charge) || charge.requests
const unit: Column = (charge) => (tokensOf(charge) > 0 ? 'Tokens' : 'Requests')

/**
 * Every column, in order. Of FOCUS: all that are mandatory, and of the others those that sums by day can tell; they
 * cannot tell the prices of input, cached input and output apart, so that there are no columns of SKUs. `x_`: our own.
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
  ConsumedQuantity: quantity,
  ConsumedUnit: unit,
  ContractedCost: cost,
  EffectiveCost: cost,
  InvoiceIssuerName: () => 'xAI',
  ListCost: cost,
  PricingQuantity: quantity,
  PricingUnit: unit,
  ProviderName: () => 'xAI',
  PublisherName: () => 'xAI',
  ServiceCategory: () => 'AI and Machine Learning',
  ServiceName: () => 'Grok API',
  ServiceSubcategory: () => 'Generative AI',
  SubAccountId: ({ token }) => token,
  SubAccountName: ({ token }, { tokenNames }) => tokenNames.get(token) ?? token,
  SubAccountType: () => 'Metrion token',
  Tags: (charge, account) => ({ json: tagsOf(charge, account) }),
  x_CostBasis: basisOf,
  x_ReportedCost: ({ reportedTicks }) => decimalUsd(reportedTicks),
  x_ComputedCost: ({ computedTicks }) => decimalUsd(computedTicks),
  x_EstimatedCost: ({ estimatedTicks }) => decimalUsd(estimatedTicks),
  x_PassThroughCost: ({ passThroughTicks }) => decimalUsd(passThroughTicks),
  x_UnknownCosts: ({ unknownCosts }) => unknownCosts,
  x_Model: ({ model }) => orNull(model),
  // With its space, " others" is no requester of that name.
  x_Requester: ({ requester }) => orNull(requester),
  x_Requests: ({ requests }) => requests,
  x_InputTokens: ({ inputTokens }) => inputTokens,
  x_CachedInputTokens: ({ cachedTokens }) => cachedTokens,
  x_OutputTokens: ({ outputTokens }) => outputTokens,
  x_ReasoningTokens: ({ reasoningTokens }) => reasoningTokens,
}

export const FOCUS_HEAD = csvLine(Object.keys(COLUMNS))

export const toFocusLine = (charge: Charge, account: FocusAccount): string =>
  csvLine(Object.values(COLUMNS).map((column) => column(charge, account)))
