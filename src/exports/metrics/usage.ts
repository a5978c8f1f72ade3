import type { CubeCell } from '../../reports/usage/cube-store.ts'
import type { Labels, Metric } from './exposition.ts'
import { histogramSamples } from './latency.ts'

/** The sums of a month, with the histograms, of a model, a token and, if asked for, a requester. */
export type UsageCell = CubeCell & { firstByte: string; total: string }

interface Reader {
  tokenNames: ReadonlyMap<string, string>
  isByRequester: boolean
}

function labelsOf(
  { model, token, requester }: CubeCell,
  { tokenNames, isByRequester }: Reader,
): Labels {
  const labels = { model, token: tokenNames.get(token) ?? token, token_id: token }
  return isByRequester ? { ...labels, requester: requester.trim() } : labels
}

/** Counters with one more label: its name, and the sum of each value. */
const SPLIT = {
  metrion_tokens_total: {
    help: 'Tokens. Cached input is a part of input, reasoning of output.',
    label: 'type',
    values: {
      input: 'inputTokens',
      cached_input: 'cachedTokens',
      output: 'outputTokens',
      reasoning: 'reasoningTokens',
    },
  },
  metrion_cost_ticks_total: {
    help: 'Costs in ticks: 10,000,000,000 are one USD.',
    label: 'basis',
    values: {
      reported: 'reportedTicks',
      computed: 'computedTicks',
      estimated: 'estimatedTicks',
    },
  },
} as const

const PLAIN = {
  metrion_requests_total: ['requests', 'Requests.'],
  metrion_failed_requests_total: ['failed', 'Requests that failed, refused ones as well.'],
  metrion_refused_requests_total: ['refused', 'Requests that Metrion refused.'],
  metrion_aborted_requests_total: ['aborted', 'Requests whose caller left before the end.'],
  metrion_unknown_cost_requests_total: ['unknownCosts', 'Requests of unknown cost.'],
} as const

const HISTOGRAMS = {
  metrion_first_byte_seconds: ['firstByte', 'Time to the first byte of the answer.'],
  metrion_request_seconds: ['total', 'Time to the last byte of the answer.'],
} as const

const MONTH = 'Of the running month (UTC).'

/** What an account used in the running month. A counter that begins anew is what Prometheus calls a reset. */
export function usageMetrics(cells: readonly UsageCell[], reader: Reader): Metric[] {
  const all = cells.map((cell) => ({ cell, labels: labelsOf(cell, reader) }))
  return [
    ...Object.entries(PLAIN).map(([name, [field, help]]): Metric => ({
      name,
      type: 'counter',
      help: `${help} ${MONTH}`,
      samples: all.map(({ cell, labels }) => ({ labels, value: cell[field] })),
    })),
    ...Object.entries(SPLIT).map(([name, { help, label, values }]): Metric => ({
      name,
      type: 'counter',
      help: `${help} ${MONTH}`,
      samples: all.flatMap(({ cell, labels }) =>
        Object.entries(values).map(([value, field]) => ({
          labels: { ...labels, [label]: value },
          value: cell[field as keyof typeof cell] as number,
        })),
      ),
    })),
    ...Object.entries(HISTOGRAMS).map(([name, [field, help]]): Metric => ({
      name,
      type: 'histogram',
      help: `${help} ${MONTH} Exact to 5%.`,
      samples: all.flatMap(({ cell, labels }) =>
        histogramSamples(labels, JSON.parse(cell[field]) as Record<string, number>),
      ),
    })),
  ]
}
