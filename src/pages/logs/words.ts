import type { CostBasis } from '../../pricing/price.ts'

/** How a cost is known, in few words and in a sentence. */
export const BASIS: Record<CostBasis, { title: string; means: string }> = {
  reported: { title: 'xAI’s own bill', means: 'the amount that xAI reported with the answer' },
  computed: {
    title: 'usage × price table',
    means: 'xAI’s complete usage, times the price table',
  },
  estimated: {
    title: 'an estimate',
    means: 'the answer broke off before its usage came; counted from what passed',
  },
  deferred: {
    title: 'billed with its result',
    means: 'the bill comes with the first request that asks for the result',
  },
  unknown: { title: 'not known', means: 'there is no usage, or no price for this model' },
  none: { title: 'nothing billed', means: 'xAI bills nothing for this' },
}

/** What each filter is called. */
export const FIELD_TITLES: Readonly<Record<string, string>> = {
  range: 'Time',
  from: 'From',
  to: 'To',
  model: 'Model',
  requester: 'Requester',
  unlabelled: 'Without requester',
  token: 'Token',
  endpoint: 'Endpoint',
  mode: 'Mode',
  status: 'Status',
  outcome: 'Outcome',
  costBasis: 'Cost known by',
  costAbove: 'Cost above (USD)',
  slowerThanMs: 'Slower than (ms)',
  q: 'Text or id',
}
