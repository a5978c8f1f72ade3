import type { Child } from 'hono/jsx'
import { count } from '../../http/format.ts'
import { isDamaged } from '../../http/label.ts'
import type { PresentedRequest } from '../../reports/requests/present.ts'
import { tagFilter } from '../../reports/requests/filter.ts'
import type { Sort } from '../../reports/requests/sort.ts'
import { sessionUrl } from '../sessions/words.ts'
import { Cost, duration, StatusBadge } from './cells.tsx'
import { When } from '../../web/when.tsx'

/** What a cell needs beside its request. */
export interface CellView {
  zone: string
  /** The log with one more filter; leads on from what is shown. */
  with: (name: string, value: string) => string
}

interface Column {
  title: string
  cell: (request: PresentedRequest, view: CellView) => Child
  /** The class of its cells, which also places it in a card on phones. */
  kind: string
  sort?: Sort
  /** Shown unless other columns are chosen. */
  byDefault?: true
}

const columns = <const T extends Record<string, Column>>(table: T): T => table
const none = <span class="quiet">none</span>

/** A value that leads to the requests with the same one. */
const Filtered = ({ name, value, view }: { name: string; value: string; view: CellView }) => (
  <a class="over" href={view.with(name, value)}>
    {value}
  </a>
)

function Requester({ request, view }: { request: PresentedRequest; view: CellView }) {
  const { requester } = request
  if (requester === null) return none
  return (
    <>
      <Filtered name="requester" value={requester} view={view} />
      {isDamaged(requester) && (
        <>
          {' '}
          <a class="tag over" href={`/logs/${request.id}#label`}>
            characters lost
          </a>
        </>
      )}
    </>
  )
}

function Model({ request, view }: { request: PresentedRequest; view: CellView }) {
  const { model, requestedModel, redirected } = request
  const shown = model ?? requestedModel
  return (
    <>
      {shown === null ? '–' : <Filtered name="model" value={shown} view={view} />}
      {redirected && (
        <>
          {' '}
          <span class="tag" title={`The request was for ${requestedModel}`}>
            for {requestedModel}
          </span>
        </>
      )}
    </>
  )
}

/** The columns of the log, in order. */
export const LOG_COLUMNS = columns({
  status: {
    title: 'Status',
    kind: 'status',
    byDefault: true,
    cell: (request) => (
      <>
        <StatusBadge request={request} />
        {request.errorText && <span class="error-text">{request.errorText}</span>}
      </>
    ),
  },
  time: {
    title: 'Time',
    kind: 'time',
    sort: 'time',
    byDefault: true,
    // The link covers the whole row.
    cell: ({ id, at }, { zone }) => (
      <a class="row-link" href={`/logs/${id}`}>
        <When ms={Date.parse(at)} zone={zone} fineness="short" />
      </a>
    ),
  },
  requester: {
    title: 'Requester',
    kind: 'name requester',
    byDefault: true,
    cell: (request, view) => <Requester request={request} view={view} />,
  },
  model: {
    title: 'Model',
    kind: 'name model',
    byDefault: true,
    cell: (request, view) => <Model request={request} view={view} />,
  },
  token: {
    title: 'Token',
    kind: 'name',
    byDefault: true,
    cell: ({ token }, view) => (
      <a class="over" href={view.with('token', token.id)}>
        {token.name ?? '–'}
      </a>
    ),
  },
  session: {
    title: 'Session',
    kind: 'name',
    cell: ({ session }) =>
      session === null ? (
        none
      ) : (
        <a class="over" href={sessionUrl(session)}>
          {session}
        </a>
      ),
  },
  tags: {
    title: 'Tags',
    kind: 'name',
    cell: ({ tags }, view) =>
      tags === null
        ? none
        : Object.entries(tags).map(([name, value]) => (
            <>
              <a class="tag over" href={view.with('tag', tagFilter(name, value))}>
                {value === '' ? name : `${name}: ${value}`}
              </a>{' '}
            </>
          )),
  },
  endpoint: { title: 'Endpoint', kind: 'name', cell: ({ endpoint }) => endpoint },
  input: {
    title: 'Input',
    kind: 'number',
    byDefault: true,
    cell: ({ inputTokens }) => count(inputTokens),
  },
  cached: { title: 'Cached', kind: 'number', cell: ({ cachedTokens }) => count(cachedTokens) },
  output: {
    title: 'Output',
    kind: 'number',
    byDefault: true,
    cell: ({ outputTokens }) => count(outputTokens),
  },
  reasoning: {
    title: 'Reasoning',
    kind: 'number',
    cell: ({ reasoningTokens }) => count(reasoningTokens),
  },
  tokens: {
    title: 'Tokens',
    kind: 'number',
    sort: 'tokens',
    cell: ({ inputTokens, outputTokens }) =>
      count(
        inputTokens === null && outputTokens === null
          ? null
          : (inputTokens ?? 0) + (outputTokens ?? 0),
      ),
  },
  cost: {
    title: 'Cost',
    kind: 'number cost',
    sort: 'cost',
    byDefault: true,
    cell: (request) => <Cost request={request} />,
  },
  firstByte: {
    title: 'First byte',
    kind: 'number',
    sort: 'firstByte',
    byDefault: true,
    cell: ({ firstByteMs }) => duration(firstByteMs),
  },
  duration: {
    title: 'Duration',
    kind: 'number duration',
    sort: 'duration',
    byDefault: true,
    cell: ({ totalMs }) => duration(totalMs),
  },
})

export type ColumnName = keyof typeof LOG_COLUMNS
export const COLUMN_NAMES = Object.keys(LOG_COLUMNS) as ColumnName[]
export const columnOf = (name: ColumnName): Column => LOG_COLUMNS[name]
const DEFAULT_COLUMNS = COLUMN_NAMES.filter((name) => columnOf(name).byDefault)

/** The chosen columns, in their order; those of a card on phones are always among them. */
export const chosenColumns = (chosen: readonly ColumnName[]): readonly ColumnName[] =>
  chosen.length === 0
    ? DEFAULT_COLUMNS
    : COLUMN_NAMES.filter((name) => name === 'time' || chosen.includes(name))
