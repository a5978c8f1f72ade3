import { Money } from '../money.tsx'
import { count } from '../../http/format.ts'
import { Layout, Note, type Viewer } from '../../web/layout.tsx'
import { converted, rateWords, type Currency } from '../../http/money.ts'
import { FilterChips } from './filter-chips.tsx'
import { FilterForm, type FilterFormProps } from './filter-form.tsx'
import { BasisLegend } from './cells.tsx'
import { ColumnChoice } from './column-choice.tsx'
import type { ColumnName } from './columns.tsx'
import { RequestTable } from './table.tsx'
import { ViewsMenu, type ViewsProps } from '../views/menu.tsx'
import { logsUrl, overviewUrl, sortUrl } from './view-query.ts'
import { COMPARED_ROWS, type Order, type Sort } from '../../reports/requests/sort.ts'
import type { PresentedRequest } from '../../reports/requests/present.ts'
import { When } from '../../web/when.tsx'

/** Sums over all matching requests if `isAll`; else over those among the newest rows that were searched. */
export interface LogSums {
  requests: number
  failed: number
  costTicks: number
  isAll: boolean
}

export interface LogsProps extends FilterFormProps {
  viewer: Viewer
  /** Null: the filter is invalid. */
  found: {
    requests: readonly PresentedRequest[]
    nextCursor: string | null
    /** The id of the newest request when the page was rendered; the script polls for newer ones. */
    newsAfter: string
    /** The time of the oldest request that was searched. Null: the search was not cut short. */
    searchedBackToMs: number | null
    sums: LogSums
    exportQuery: string
    columns: readonly ColumnName[]
    sorted: { sort: Sort; order: Order }
    /** Of a sorted list: the oldest request that was compared. Null: all were. */
    comparedFromMs: number | null
  } | null
  currency: Currency
  views: ViewsProps
  problem: string | null
  /** The number of rows that one search scans at most. */
  searchedRows: number
}

export function LogsPage(props: LogsProps) {
  const { viewer, view, zone, found, problem } = props
  const isFirstPage = !view.has('cursor')
  return (
    <Layout title="Logs" viewer={viewer} path="/logs" wide>
      <h1 data-zoned>Logs</h1>
      {problem && <Note kind="bad">{problem}</Note>}
      <FilterForm {...props} />
      <FilterChips {...props} />
      {found && isFirstPage && <p class="live" role="status" data-news-after={found.newsAfter}></p>}
      {found && <Sums {...props} found={found} />}
      {found && found.requests.length > 0 && (
        <>
          <RequestTable
            requests={found.requests}
            columns={found.columns}
            sorted={found.sorted}
            sortUrl={(sort, order) => sortUrl(view, sort, order)}
            zone={zone}
            with={(name, value) => logsUrl(view, { [name]: value })}
          />
          {found.comparedFromMs !== null && (
            <p class="hint">
              This range has more than {count(COMPARED_ROWS)} requests. Those since{' '}
              <When ms={found.comparedFromMs} zone={zone} /> were sorted; choose a shorter range or
              add a filter to sort all.
            </p>
          )}
          <Pager {...props} found={found} />
          <BasisLegend />
        </>
      )}
      {found && found.requests.length === 0 && <Nothing {...props} found={found} />}
    </Layout>
  )
}

type Found = { found: NonNullable<LogsProps['found']> }

function Sums({
  view,
  views,
  found: { sums, exportQuery, columns },
  currency,
  searchedRows,
}: LogsProps & Found) {
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
          <strong>
            <Money ticks={sums.costTicks} />
          </strong>
          {inCurrency && ` (${inCurrency} ${rateWords(currency)})`}
        </span>
        {!sums.isAll && (
          <span>
            in the newest {count(searchedRows)} requests; choose a time range to count all
          </span>
        )}
      </p>
      <div class="exports">
        <a href={overviewUrl(view)}>Overview</a>
        <ViewsMenu {...views} />
        <ColumnChoice view={view} chosen={columns} />
        <a href={`/api/v1/requests.csv?${exportQuery}`}>Export CSV</a>
        <a href={`/api/v1/requests.ndjson?${exportQuery}`}>Export NDJSON</a>
      </div>
    </div>
  )
}

function Pager({ view, zone, found: { nextCursor, searchedBackToMs, sorted } }: LogsProps & Found) {
  const older = new URLSearchParams(view)
  if (nextCursor) older.set('cursor', nextCursor)
  const newest = new URLSearchParams(view)
  newest.delete('cursor')
  return (
    <nav class="pager" aria-label="Log pages">
      {view.has('cursor') && (
        <a href={`/logs?${newest.toString()}`}>
          {sorted.sort === 'time' ? 'Newest' : 'First page'}
        </a>
      )}
      {nextCursor && (
        <a href={`/logs?${older.toString()}`} rel="next">
          {searchedBackToMs === null ? (
            sorted.sort === 'time' && sorted.order === 'desc' ? (
              'Older requests'
            ) : (
              'More requests'
            )
          ) : (
            <>
              Searched {sorted.order === 'desc' ? 'back to' : 'up to'}{' '}
              <When ms={searchedBackToMs} zone={zone} fineness="second" />: continue
            </>
          )}
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
        <h2>No matches yet</h2>
        <Pager {...props} />
      </section>
    )
  if ([...view].length > 0)
    return (
      <section class="card">
        <h2>No matching requests</h2>
        <p>
          Remove a filter above, or <a href="/logs">show all requests</a>.
        </p>
      </section>
    )
  return (
    <section class="card">
      <h2>No requests yet</h2>
      <p>
        Each request through Metrion appears here with its time, requester, model, tokens, cost,
        cost source and duration. The <a href="/integrate">Integrate page</a> has the code for your
        first request.
      </p>
    </section>
  )
}
