import type * as z from 'zod'
import type { Scope } from '../../credentials/api-tokens/token.ts'
import { failuresAnswer } from '../../reports/failures/answer.ts'
import { requestAnswer, requestDetail, requestsAnswer } from '../../reports/requests/answer.ts'
import { requestFilter } from '../../reports/requests/filter.ts'
import { csvInput, pageInput } from '../../reports/requests/input.ts'
import { groupAnswer, latencyAnswer, sumsAnswer, usageAnswer } from '../../reports/usage/answer.ts'
import { timeQuery, usageQuery } from '../../reports/usage/input.ts'

export interface Operation {
  /** Below /api/v1. */
  path: string
  id: string
  summary: string
  description: string
  scope: Scope
  /** What its parameters are checked with; null: it takes none but those of the path. */
  query: z.ZodType | null
  /** JSON in this shape, or a file of this type. */
  answer: { schema: z.ZodType } | { file: string; description: string }
}

/** Names under which the document has the shapes that answers share. */
export const NAMED = {
  Request: requestAnswer,
  RequestDetail: requestDetail,
  RequestPage: requestsAnswer,
  Sums: sumsAnswer,
  Group: groupAnswer,
  Usage: usageAnswer,
  Latency: latencyAnswer,
  Errors: failuresAnswer,
} as const

const HOURS =
  'A range is what lies in the full hours that it touches, or five minutes with the interval 5min.'

/** All that a read-only API token can ask for. */
export const OPERATIONS: readonly Operation[] = [
  {
    path: '/requests',
    id: 'listRequests',
    summary: 'Single requests, the newest first',
    description:
      'Filters can be combined, and most be given several times: any of their values. A page may hold fewer than the limit and still have a nextCursor, where a rare filter has looked through many.',
    scope: 'requests',
    query: pageInput,
    answer: { schema: requestsAnswer },
  },
  {
    path: '/requests/{id}',
    id: 'getRequest',
    summary: 'One request',
    description: 'By the id that its caller got as x-metrion-request-id.',
    scope: 'requests',
    query: null,
    answer: { schema: requestDetail },
  },
  {
    path: '/requests.csv',
    id: 'exportCsv',
    summary: 'All requests that a filter lets through, as CSV',
    description: 'One line a request, the newest first, with a head.',
    scope: 'requests',
    query: csvInput,
    answer: { file: 'text/csv', description: 'A file' },
  },
  {
    path: '/requests.ndjson',
    id: 'exportNdjson',
    summary: 'All requests that a filter lets through, as NDJSON',
    description: 'One Request a line, the newest first.',
    scope: 'requests',
    query: requestFilter,
    answer: { file: 'application/x-ndjson', description: 'A file' },
  },
  {
    path: '/usage',
    id: 'getUsage',
    summary: 'Sums of requests, tokens and money',
    description: `In all, by group, and over time. ${HOURS}`,
    scope: 'usage',
    query: usageQuery,
    answer: { schema: usageAnswer },
  },
  {
    path: '/latency',
    id: 'getLatency',
    summary: 'How long requests took',
    description: `Percentiles of the time to the first byte and to the last. ${HOURS}`,
    scope: 'usage',
    query: timeQuery,
    answer: { schema: latencyAnswer },
  },
  {
    path: '/errors',
    id: 'getErrors',
    summary: 'What failed, by status and code, and the newest of it',
    description: `Of requests that are still kept. What callers gave up is not in it. ${HOURS}`,
    scope: 'requests',
    query: timeQuery,
    answer: { schema: failuresAnswer },
  },
]
