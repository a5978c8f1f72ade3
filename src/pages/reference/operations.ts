import type * as z from 'zod'
import type { Scope } from '../../credentials/api-tokens/token.ts'
import { focusQuery } from '../../reports/focus/input.ts'
import { failuresAnswer } from '../../reports/failures/answer.ts'
import { requestAnswer, requestDetail, requestsAnswer } from '../../reports/requests/answer.ts'
import { requestFilter } from '../../reports/requests/filter.ts'
import { csvInput, pageInput } from '../../reports/requests/input.ts'
import { sessionsAnswer } from '../../reports/sessions/answer.ts'
import { sessionsInput } from '../../reports/sessions/input.ts'
import { tagsAnswer } from '../../reports/tags/answer.ts'
import { tagsInput } from '../../reports/tags/input.ts'
import { groupAnswer, latencyAnswer, sumsAnswer, usageAnswer } from '../../reports/usage/answer.ts'
import { timeQuery, usageQuery } from '../../reports/usage/input.ts'

export interface Operation {
  /** The path below /api/v1. */
  path: string
  id: string
  summary: string
  description: string
  scope: Scope
  /** The schema that validates the query parameters. Null: there are only path parameters. */
  query: z.ZodType | null
  /** The schema of the JSON response, or the content type of the file. */
  answer: { schema: z.ZodType } | { file: string; description: string }
}

/** The names of the shared response schemas in the document. */
export const NAMED = {
  Request: requestAnswer,
  RequestDetail: requestDetail,
  RequestPage: requestsAnswer,
  Sums: sumsAnswer,
  Group: groupAnswer,
  Usage: usageAnswer,
  Latency: latencyAnswer,
  Errors: failuresAnswer,
  Sessions: sessionsAnswer,
  Tags: tagsAnswer,
} as const

const HOURS = 'A range is widened to full hours, or to five minutes with the interval 5min.'

/** The operations of a read-only API token. */
export const OPERATIONS: readonly Operation[] = [
  {
    path: '/requests',
    id: 'listRequests',
    summary: 'List requests',
    description:
      'The newest first, or sorted. Filters can be combined. Most can be repeated; a request matches if any of the values does. A page may hold fewer requests than the limit, because a page scans a limited number of rows. Follow nextCursor until it is null.',
    scope: 'requests',
    query: pageInput,
    answer: { schema: requestsAnswer },
  },
  {
    path: '/requests/{id}',
    id: 'getRequest',
    summary: 'Get one request',
    description: 'The id is the value of the x-metrion-request-id header that the caller received.',
    scope: 'requests',
    query: null,
    answer: { schema: requestDetail },
  },
  {
    path: '/requests.csv',
    id: 'exportCsv',
    summary: 'Export the matching requests as CSV',
    description: 'One line per request, newest first, after a header line.',
    scope: 'requests',
    query: csvInput,
    answer: { file: 'text/csv', description: 'A file' },
  },
  {
    path: '/requests.ndjson',
    id: 'exportNdjson',
    summary: 'Export the matching requests as NDJSON',
    description: 'One Request per line, newest first.',
    scope: 'requests',
    query: requestFilter,
    answer: { file: 'application/x-ndjson', description: 'A file' },
  },
  {
    path: '/sessions',
    id: 'listSessions',
    summary: 'List sessions with their sums',
    description:
      'A session is what requests with the same x-metrion-session belong to. Its sums are of the requests within the retention period. A range selects the sessions whose newest request is in it, by the hour; of more than 20,000 sessions, the newest are listed.',
    scope: 'requests',
    query: sessionsInput,
    answer: { schema: sessionsAnswer },
  },
  {
    path: '/tags',
    id: 'getTags',
    summary: 'Costs by tag',
    description:
      'Sums by the values of one tag of x-metrion-tags, or by the names of tags; without “from”, of the last 30 days. Added up from the requests themselves: of a range with more than 20,000 tagged requests, the newest are added up.',
    scope: 'requests',
    query: tagsInput,
    answer: { schema: tagsAnswer },
  },
  {
    path: '/usage',
    id: 'getUsage',
    summary: 'Sums of requests, tokens and costs',
    description: `The total, by group, and over time. ${HOURS}`,
    scope: 'usage',
    query: usageQuery,
    answer: { schema: usageAnswer },
  },
  {
    path: '/usage.focus.csv',
    id: 'exportFocus',
    summary: 'Export costs as a FOCUS 1.2 file',
    description:
      'A line per day (UTC), model, token and requester, with the costs that xAI reported; x_CostBasis says how sure the least sure of them is. Where sums are kept by month alone, a line is of a month. A range is widened to whole days.',
    scope: 'usage',
    query: focusQuery,
    answer: { file: 'text/csv', description: 'A file' },
  },
  {
    path: '/latency',
    id: 'getLatency',
    summary: 'Latency of requests',
    description: `Percentiles of the time to the first and to the last byte. ${HOURS}`,
    scope: 'usage',
    query: timeQuery,
    answer: { schema: latencyAnswer },
  },
  {
    path: '/errors',
    id: 'getErrors',
    summary: 'Failed requests by status and code, and the latest of them',
    description: `Covers the requests within the retention period. Requests whose caller left do not count as failed. ${HOURS}`,
    scope: 'requests',
    query: timeQuery,
    answer: { schema: failuresAnswer },
  },
]
