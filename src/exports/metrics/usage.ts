import type { CubeCell, TimedCell } from '../../reports/usage/cube-store.ts'
import type { Labels, Metric, Sample } from './exposition.ts'
import { histogramSamples } from './latency.ts'

interface Reader {
  tokenNames: ReadonlyMap<string, string>
  isByRequester: boolean
}

function labelsOf(
  { model, token, requester }: CubeCell,
  { tokenNames, isByRequester }: Reader,
): Labels {
  const labels = { model, token: tokenNames.get(token) ?? token, token_id: token }
  // With its space, " others" is no requester of that name.
  return isByRequester ? { ...labels, requester } : labels
}

interface Series {
  name: string
  /** A counter never falls: rows that may be corrected later are gauges. */
  type: 'counter' | 'gauge'
  help: string
  /** One more label, and the value of each of its values; or the value alone. */
  values:
    | ((cell: CubeCell) => number)
    | { label: string; of: Record<string, (cell: CubeCell) => number> }
}

const SERIES: readonly Series[] = [
  {
    name: 'metrion_requests_total',
    type: 'counter',
    help: 'Requests.',
    values: ({ requests }) => requests,
  },
  {
    name: 'metrion_failed_requests_total',
    type: 'counter',
    help: 'Requests that failed, refused ones as well; not those of metrion_lost_requests.',
    values: ({ failed, lost }) => Math.max(0, failed - lost),
  },
  {
    name: 'metrion_refused_requests_total',
    type: 'counter',
    help: 'Requests that Metrion refused.',
    values: ({ refused }) => refused,
  },
  {
    name: 'metrion_aborted_requests_total',
    type: 'counter',
    help: 'Requests whose caller left before the end.',
    values: ({ aborted }) => aborted,
  },
  {
    name: 'metrion_tokens_total',
    type: 'counter',
    help: 'Tokens. Cached input is a part of input, reasoning of output.',
    values: {
      label: 'type',
      of: {
        input: ({ inputTokens }) => inputTokens,
        cached_input: ({ cachedTokens }) => cachedTokens,
        output: ({ outputTokens }) => outputTokens,
        reasoning: ({ reasoningTokens }) => reasoningTokens,
      },
    },
  },
  {
    name: 'metrion_cost_ticks_total',
    type: 'counter',
    help: 'Costs in ticks (10,000,000,000 are one USD) that xAI reported, or that are computed.',
    values: {
      label: 'basis',
      of: {
        reported: ({ reportedTicks }) => reportedTicks,
        computed: ({ computedTicks }) => computedTicks,
      },
    },
  },
  {
    name: 'metrion_estimated_cost_ticks',
    type: 'gauge',
    help: 'Estimated costs in ticks. Estimates are withdrawn when a bill comes.',
    values: ({ estimatedTicks }) => estimatedTicks,
  },
  {
    name: 'metrion_unknown_cost_requests',
    type: 'gauge',
    help: 'Requests of unknown cost.',
    values: ({ unknownCosts }) => unknownCosts,
  },
  {
    name: 'metrion_lost_requests',
    type: 'gauge',
    help: 'Requests that never ended, as far as is known.',
    values: ({ lost }) => lost,
  },
]

const HISTOGRAMS = {
  metrion_first_byte_seconds: ['firstByte', 'Time to the first byte of the answer.'],
  metrion_request_seconds: ['total', 'Time to the last byte of the answer.'],
} as const

const MONTH = 'Of the running month (UTC).'

interface Labelled {
  cell: TimedCell
  labels: Labels
}

function samplesOf({ values }: Series, all: readonly Labelled[]): Sample[] {
  if (typeof values === 'function')
    return all.map(({ cell, labels }) => ({ labels, value: values(cell) }))
  const { label, of } = values
  return all.flatMap(({ cell, labels }) =>
    Object.entries(of).map(([name, value]) => ({
      labels: { ...labels, [label]: name },
      value: value(cell),
    })),
  )
}

/** What an account used in the running month. A counter that begins anew is what Prometheus calls a reset. */
export function usageMetrics(cells: readonly TimedCell[], reader: Reader): Metric[] {
  const all = cells.map((cell) => ({ cell, labels: labelsOf(cell, reader) }))
  return [
    ...SERIES.map((series): Metric => {
      const { name, type, help } = series
      return { name, type, help: `${help} ${MONTH}`, samples: samplesOf(series, all) }
    }),
    // A scrape with a histogram for each requester would be many MB.
    ...Object.entries(reader.isByRequester ? {} : HISTOGRAMS).map(
      ([name, [field, help]]): Metric => ({
        name,
        type: 'histogram',
        help: `${help} ${MONTH} Exact to 5%.`,
        samples: all.flatMap(({ cell, labels }) => histogramSamples(labels, cell[field])),
      }),
    ),
    {
      name: 'metrion_groups_left_out',
      type: 'gauge',
      help: 'Groups without series: there are too many, and these cost the least.',
      samples: [{ labels: {}, value: (cells[0]?.cells ?? 0) - cells.length }],
    },
  ]
}
