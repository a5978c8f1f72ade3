import { count, usd } from '../../http/format.ts'
import { Layout, Note, type Viewer } from '../../web/layout.tsx'
import { converted, rateWords, type Currency } from '../../http/money.ts'
import { localTime } from '../../http/zone.ts'
import { FilterChips } from './filter-chips.tsx'
import { FilterForm, type FilterFormProps } from './filter-form.tsx'
import { BasisLegend, RequestTable } from './table.tsx'
import type { PresentedRequest } from '../../reports/requests/present.ts'

/** Of all that the filter finds, or of the newest rows that it looks through. */
export interface LogSums {
  requests: number
  failed: number
  costTicks: number
  isAll: boolean
}

export interface LogsProps extends FilterFormProps {
  viewer: Viewer
  /** Null: the filter cannot be used as it is. */
  found: {
    requests: readonly PresentedRequest[]
    nextCursor: string | null
    /** An id: what is newer has come since this page was made. */
    newsAfter: string
    /** When the oldest request was made that this page has looked at; null: all were. */
    searchedBackToMs: number | null
    sums: LogSums
    exportQuery: string
  } | null
  currency: Currency
  problem: string | null
  /** How many rows a search looks through. */
  searchedRows: number
}

export function LogsPage(props: LogsProps) {
  const { viewer, view, zone, found, problem } = props
  const isFirstPage = !view.has('cursor')
  return (
    <Layout title="Logs" viewer={viewer} path="/logs" wide>
      <h1>Logs</h1>
      <p class="lead" data-zoned>
        Every request, the newest first. Times are {zone}.
      </p>
      {problem && <Note kind="bad">{problem}</Note>}
      <FilterForm {...props} />
      <FilterChips {...props} />
      {found && isFirstPage && <p class="live" role="status" data-news-after={found.newsAfter}></p>}
      {found && <Sums {...props} found={found} />}
      {found && found.requests.length > 0 && (
        <>
          <RequestTable requests={found.requests} zone={zone} />
          <Pager {...props} found={found} />
          <BasisLegend />
        </>
      )}
      {found && found.requests.length === 0 && <Nothing {...props} found={found} />}
    </Layout>
  )
}

type Found = { found: NonNullable<LogsProps['found']> }

function Sums({ found: { sums, exportQuery }, currency, searchedRows }: LogsProps & Found) {
  const inCurrency = converted(sums.costTicks, currency)
  return (
    <div class="sums">
      <p class="sum">
        <span>
          <strong>{count(sums.requests)}</strong> {sums.requests === 1 ? 'request' : 'requests'}
        </span>
        <span>
          <strong>{count(sums.failed)}</strong> failed
        </span>
        <span>
          <strong>{usd(sums.costTicks)}</strong>
          {inCurrency && ` (${inCurrency} ${rateWords(currency)})`}
        </span>
        {!sums.isAll && (
          <span>among the newest {count(searchedRows)}; choose a time to count all of it</span>
        )}
      </p>
      <p class="exports">
        Export as <a href={`/api/v1/requests.csv?${exportQuery}`}>CSV</a> or{' '}
        <a href={`/api/v1/requests.ndjson?${exportQuery}`}>NDJSON</a>
      </p>
    </div>
  )
}

function Pager({ view, zone, found: { nextCursor, searchedBackToMs } }: LogsProps & Found) {
  const older = new URLSearchParams(view)
  if (nextCursor) older.set('cursor', nextCursor)
  const newest = new URLSearchParams(view)
  newest.delete('cursor')
  return (
    <nav class="pager" aria-label="Pages of the log">
      {view.has('cursor') && <a href={`/logs?${newest.toString()}`}>Newest</a>}
      {nextCursor && (
        <a href={`/logs?${older.toString()}`} rel="next">
          {searchedBackToMs === null
            ? 'Older requests'
            : `Searched back to ${localTime(searchedBackToMs, zone)}: search on`}
        </a>
      )}
    </nav>
  )
}

function Nothing(props: LogsProps & Found) {
  const { view, found } = props
  if (found.nextCursor)
    return (
      <section class="card">
        <h2>Nothing found yet</h2>
        <Pager {...props} />
      </section>
    )
  if ([...view].length > 0)
    return (
      <section class="card">
        <h2>No request is like that</h2>
        <p>
          Take a filter out above, or <a href="/logs">show all requests</a>.
        </p>
      </section>
    )
  return (
    <section class="card">
      <h2>No requests yet</h2>
      <p>
        Each request that goes through Metrion becomes a line here: when, by whom, on which model,
        its tokens, its cost and how that is known, and how long it took. The{' '}
        <a href="/integrate">Integrate page</a> has the code for the first one.
      </p>
    </section>
  )
}
