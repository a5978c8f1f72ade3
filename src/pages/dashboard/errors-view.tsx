import { countOf, kindsOf, type FailureKind } from '../../reports/failures/present.ts'
import type { Failures } from '../../reports/failures/store.ts'
import { timeOfUuid } from '../../http/uuid.ts'
import type { PresentedRequest } from '../../reports/requests/present.ts'
import { count, some } from '../../http/format.ts'
import { Chart, Door, type Series } from './chart.tsx'
import { Empty, Frame } from './frame.tsx'
import { stepUrl } from './input.ts'
import { Latest } from './latest-errors.tsx'
import { FAILURES, logUrl, type Part } from './links.ts'
import type { FrameProps } from './props.ts'
import { share } from './tiles.tsx'
import { When } from '../../web/when.tsx'

export interface ErrorsProps extends FrameProps {
  failures: Failures
  latest: readonly PresentedRequest[]
  /** All requests in the time range, failed or not. */
  requests: number
}

const DRAWN = 7

const titleOf = ({ status, code }: Pick<FailureKind, 'status' | 'code'>): string =>
  code === null ? String(status) : `${status} ${code}`

export function ErrorsPage(props: ErrorsProps) {
  const { failures, query, range, zone } = props
  const kinds = kindsOf(failures.cells)
  return (
    <Frame section="/dashboard/errors" {...props}>
      {kinds.length === 0 ? (
        <Nothing {...props} />
      ) : (
        <>
          <Chart
            id="errors"
            title="Errors over time"
            unit="count"
            kind="bar"
            interval={range.interval}
            nowMs={range.beforeMs > props.nowMs ? props.nowMs : undefined}
            starts={failures.starts}
            zone={zone}
            stepUrl={(bin) => stepUrl(query, partOf(props, bin), '/dashboard/errors')}
            series={seriesOf(props, kinds)}
          />
          <Kinds {...props} kinds={kinds} />
          <Latest latest={props.latest} zone={zone} part={{ query, ...range }} />
          <p class="hint rate">
            Errors are counted from stored requests, so only within the retention period.
          </p>
        </>
      )}
    </Frame>
  )
}

function Nothing({ query, requests }: ErrorsProps) {
  if (requests === 0)
    return (
      <Empty query={query} section="/dashboard/errors">
        Errors appear here with their number and xAI’s message.
      </Empty>
    )
  return (
    <section class="card">
      <h2>No errors in this time range</h2>
      <p>No failures in {some(requests, 'request')}.</p>
    </section>
  )
}

/** One series for each of the most frequent kinds of failure, and one for the others. */
function seriesOf(props: ErrorsProps, kinds: readonly FailureKind[]): Series[] {
  const { starts, cells } = props.failures
  const countsOf = (chosen: readonly FailureKind[]): number[] => {
    const titles = new Set(chosen.map(titleOf))
    const byBin = Map.groupBy(
      cells.filter((cell) => titles.has(titleOf(cell))),
      ({ bin }) => bin,
    )
    return starts.map((_, bin) => countOf(byBin.get(bin) ?? []))
  }
  const rest = kinds.slice(DRAWN)
  return [
    ...kinds.slice(0, DRAWN).map((kind) => ({
      title: titleOf(kind),
      values: countsOf([kind]),
      url: kindUrl({ query: props.query, ...props.range }, kind),
      urlOf: (bin: number) => kindUrl(partOf(props, bin), kind),
    })),
    ...(rest.length > 0 ? [{ title: 'all others', values: countsOf(rest) }] : []),
  ]
}

/** One step of the chart. */
const partOf = ({ query, range, failures: { starts } }: ErrorsProps, bin: number): Part => ({
  query,
  fromMs: starts[bin]!,
  beforeMs: starts[bin + 1] ?? range.beforeMs,
})

/** The log with the requests that failed so. */
const kindUrl = (part: Part, { status, code }: FailureKind): string | null =>
  logUrl(part, code === null ? { status, ...FAILURES } : { status, errorCode: code })

type KindsProps = ErrorsProps & { kinds: readonly FailureKind[] }

function Kinds({ kinds, requests, zone, query, range }: KindsProps) {
  return (
    <section class="card" aria-labelledby="kinds-title">
      <header>
        <h2 id="kinds-title">By status and code</h2>
        <span class="hint">
          {count(countOf(kinds))} of {count(requests)} requests
        </span>
      </header>
      <div class="scroll" tabindex={0} role="region" aria-label="By status and code">
        <table class="log">
          <thead>
            <tr>
              <th scope="col">Status</th>
              <th scope="col">Code</th>
              <th scope="col" class="number">
                Requests
              </th>
              <th scope="col" class="number rare">
                Share
              </th>
              <th scope="col" class="rare">
                Last seen
              </th>
            </tr>
          </thead>
          <tbody>
            {kinds.map(({ status, code, requests: failed, lastId }) => (
              <tr>
                <th scope="row">{status}</th>
                <td class="name">{code ?? <span class="quiet">none</span>}</td>
                <td class="number" data-count={failed}>
                  <Door
                    url={kindUrl({ query, ...range }, { status, code, requests: failed, lastId })}
                  >
                    {count(failed)}
                  </Door>
                </td>
                <td class="number rare">{share(failed, requests)}</td>
                <td class="time rare">
                  <a href={`/logs/${lastId}`}>
                    <When ms={timeOfUuid(lastId)} zone={zone} fineness="second" />
                  </a>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  )
}
