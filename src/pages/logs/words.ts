import { spaced } from '../../http/format.ts'
import type { Outcome } from '../../ledger/outcomes.ts'
import type { CostBasis } from '../../pricing/price.ts'

/** The source of a cost: a title, and the explanation as the rest of a sentence. */
export const BASIS: Record<CostBasis, { title: string; means: string }> = {
  reported: { title: 'Reported by xAI', means: 'the amount that xAI reported with the answer' },
  computed: {
    title: 'Usage × price table',
    means: 'the complete usage that xAI reported, times the price table',
  },
  estimated: {
    title: 'Estimate',
    means:
      'the answer was cut off before its usage arrived, so the cost is estimated from the part that arrived',
  },
  deferred: {
    title: 'Billed with the result',
    means: 'the bill comes with the first request that fetches the result',
  },
  unknown: { title: 'Unknown', means: 'there is no usage, or no price for this model' },
  none: { title: 'No cost', means: 'not billed by xAI' },
}

const OUTCOME_TITLES: Record<Outcome, string> = {
  complete: 'Complete',
  refused: 'Rejected by Metrion',
  upstream_refused: 'Rejected by xAI',
  upstream_error: 'Error during the stream',
  upstream_cut: 'Cut off',
  upstream_unreachable: 'xAI unreachable',
  upstream_timeout: 'xAI timed out',
  client_gone: 'Caller left',
  stopped: 'Stopped by a budget',
  lost: 'Lost',
}

/** An outcome as the pages show it; `name` may also be an unknown value from the URL. */
export const outcomeTitle = (name: string): string =>
  Object.hasOwn(OUTCOME_TITLES, name) ? OUTCOME_TITLES[name as Outcome] : spaced(name)

/** The label of each filter. */
export const FIELD_TITLES: Readonly<Record<string, string>> = {
  range: 'Time range',
  sort: 'Sort by',
  from: 'From',
  to: 'To',
  model: 'Model',
  requester: 'Requester',
  unlabelled: 'No requester',
  modelless: 'No model',
  codeless: 'No error code',
  requestedModel: 'Requested model',
  token: 'Token',
  session: 'Session',
  tag: 'Tag (name=value)',
  endpoint: 'Endpoint',
  mode: 'Mode',
  status: 'Status',
  outcome: 'Outcome',
  errorCode: 'Error code',
  costBasis: 'Cost source',
  costAbove: 'Cost above (USD)',
  slowerThanMs: 'Slower than (ms)',
  q: 'Error text or ID',
}

/** The log with all requests that have this value. */
export const logOf = (name: string, value: string | null): string =>
  `/logs?${new URLSearchParams(value === null ? { unlabelled: 'on' } : { [name]: value }).toString()}`
