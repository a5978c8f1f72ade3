import { Money } from '../money.tsx'
import { duration } from '../logs/cells.tsx'
import { addUp, costOf, percentiles, stepsOf } from '../../reports/usage/present.ts'
import type { Sums } from '../../reports/usage/sql.ts'
import { count, dollars, some } from '../../http/format.ts'
import { converted } from '../../http/money.ts'
import { dashboardUrl } from './input.ts'
import { logUrl } from './links.ts'
import { periodName } from './range.ts'
import { change, changeInPoints, changeOfPercentile } from './change.ts'
import { heading } from './series.ts'
import type { OverviewProps } from './props.ts'
import { Tile } from './tile.tsx'

/** `part` as a percentage of `whole`. */
export const share = (part: number, whole: number): string =>
  whole === 0 ? '–' : `${((part / whole) * 100).toFixed(1)}%`

/** Null: no requests. */
const errorRate = ({ failed, requests }: Sums): number | null =>
  requests === 0 ? null : failed / requests
const tokensOf = ({ inputTokens, outputTokens }: Sums): number => inputTokens + outputTokens

/** The tiles at the top, each with its change and its trend. */
export function Tiles({ usage, currency, query, range, nowMs }: OverviewProps) {
  const { all, before } = usage
  const now = addUp(all.cells)
  const earlier = addUp(before.cells)
  const steps = stepsOf(all)
  const bins = steps.map(({ cells }) => addUp(cells))
  const inCurrency = converted(costOf(now), currency)
  const log = logUrl({ query, ...range })
  const headingTo = heading(costOf(now), range, nowMs)
  const costNotes = [
    inCurrency,
    headingTo && `projected ${dollars(headingTo)} by the end of the ${periodName(query.range)}`,
  ]
  return (
    <div class="tiles">
      <Tile
        title="Cost"
        url={log}
        change={change(costOf(now), costOf(earlier))}
        course={bins.map(costOf)}
        note={costNotes.filter(Boolean).join(', ')}
      >
        <Money ticks={costOf(now)} />
      </Tile>
      <Tile
        title="Requests"
        url={log}
        change={change(now.requests, earlier.requests)}
        course={bins.map(({ requests }) => requests)}
      >
        {count(now.requests)}
      </Tile>
      <Tile
        title="Tokens"
        url={log}
        change={change(tokensOf(now), tokensOf(earlier))}
        course={bins.map(tokensOf)}
        note={`${count(now.inputTokens)} input, ${count(now.outputTokens)} output`}
      >
        {count(tokensOf(now))}
      </Tile>
      <QualityTiles {...{ usage, query, now, earlier, bins, steps }} />
    </div>
  )
}

interface QualityProps extends Pick<OverviewProps, 'usage' | 'query'> {
  now: Sums
  earlier: Sums
  bins: readonly Sums[]
  steps: ReturnType<typeof stepsOf>
}

/** The tiles that lead to the other sections. */
function QualityTiles({ usage: { all, before }, query, now, earlier, bins, steps }: QualityProps) {
  const [first, firstThen] = [percentiles(all.firstByte), percentiles(before.firstByte)]
  const median = steps.map(({ firstByte }) => percentiles(firstByte).p50)
  return (
    <>
      <Tile
        title="Error rate"
        url={dashboardUrl(query, {}, '/dashboard/errors')}
        change={changeInPoints(errorRate(now), errorRate(earlier))}
        course={bins.map(errorRate)}
        note={`${count(now.failed)} failed, ${some(now.aborted, 'caller')} left`}
      >
        {share(now.failed, now.requests)}
      </Tile>
      <Tile
        title="Time to first byte"
        url={dashboardUrl(query, {}, '/dashboard/latency')}
        change={changeOfPercentile(first.p50, firstThen.p50)}
        course={median}
        note={`p95 ${rounded(first.p95)}`}
      >
        {rounded(first.p50)}
      </Tile>
    </>
  )
}

export const rounded = (ms: number | null): string => duration(ms === null ? null : Math.round(ms))
