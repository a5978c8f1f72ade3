import { Money } from '../money.tsx'
import { count, some } from '../../http/format.ts'
import { rateWords } from '../../http/money.ts'
import { driftWords, isDrifting } from '../../pricing/fetched-prices.ts'
import { Note } from '../../web/layout.tsx'
import { ChecklistCard } from '../start/checklist.tsx'
import { Sample } from '../start/sample.tsx'
import type { Usage } from '../../reports/usage/store.ts'
import { addUp, groupsOf } from '../../reports/usage/present.ts'
import { GROUPS } from '../../reports/usage/input.ts'
import { budgetLines } from './budget-lines.ts'
import { Chart, Door } from './chart.tsx'
import { CostSources } from './cost-sources.tsx'
import { Empty, Frame } from './frame.tsx'
import { Groups } from './groups.tsx'
import { dashboardUrl, stepUrl } from './input.ts'
import { logUrl, type Part } from './links.ts'
import { titleOf, type OverviewProps } from './props.ts'
import { costSeries } from './series.ts'
import { drift } from './rates.ts'
import { Tiles } from './tiles.tsx'

export function OverviewPage(props: OverviewProps) {
  const { query, usage, currency } = props
  const total = addUp(usage.all.cells)
  const isEmpty = total.requests === 0 && addUp(usage.before.cells).requests === 0
  return (
    <Frame section="/dashboard" {...props}>
      {props.checklist && <ChecklistCard done={props.checklist} />}
      {props.checklist?.request === false ? (
        <Sample />
      ) : isEmpty ? (
        <Empty query={query} section="/dashboard">
          Costs by model, requester and token, their sources, errors and latency appear here.
        </Empty>
      ) : (
        <>
          <Drifts {...props} />
          <Refused {...props} />
          <Tiles {...props} />
          <CostChart {...props} />
          <CostSources total={total} {...props} />
          <Redirects {...props} />
          {GROUPS.map((by) => (
            <Groups by={by} {...props} />
          ))}
          {currency.rateMicros !== null && (
            <p class="hint rate">Converted {rateWords(currency)}.</p>
          )}
        </>
      )}
    </Frame>
  )
}

/** A warning for each model whose bills differ from the price table. */
function Drifts({ usage }: OverviewProps) {
  const drifting = groupsOf(usage.model.cells).filter(
    ({ comparedTicks, listedTicks, comparedRequests }) =>
      isDrifting(comparedTicks, listedTicks, comparedRequests),
  )
  return (
    <>
      {drifting.map(({ key, ...sums }) => (
        <Note kind="bad">{driftWords({ model: key, share: drift(sums) ?? 0 })}.</Note>
      ))}
    </>
  )
}

/** How many requests budgets have refused or stopped, and which. */
function Refused({ refused, query, range }: OverviewProps) {
  if (refused === 0) return null
  const log = logUrl({ query, ...range }, { errorCode: 'budget_exceeded' })
  return (
    <Note kind="bad">
      Budgets refused or stopped <Door url={log}>{some(refused, 'request')}</Door> in this period.{' '}
      <a href="/limits">Limits</a> shows what is left.
    </Note>
  )
}

function CostChart({ query, usage, range, zone, tokenNames, underneath, ...props }: OverviewProps) {
  const { starts } = usage.all
  const part = (bin: number): Part => ({
    query,
    fromMs: starts[bin]!,
    beforeMs: starts[bin + 1] ?? range.beforeMs,
  })
  const { by } = query
  const series = costSeries(starts, usage.top, usage.all).map(({ key, costTicks }) => ({
    title: key === null ? 'all others' : titleOf(by, key, tokenNames),
    values: costTicks,
    url: key === null ? null : dashboardUrl(query, { [by]: [key] }),
    urlOf: (bin: number) => (key === null ? null : logUrl(part(bin), { group: { by, key } })),
  }))
  const before = underneath && costSeries(starts, NOBODY, underneath)[0]
  const shown = { interval: range.interval, starts, zone: props.budgetZone }
  return (
    <Chart
      id="cost"
      title="Cost over time"
      unit="usd"
      kind="bar"
      interval={range.interval}
      starts={starts}
      zone={zone}
      stepUrl={(bin) => stepUrl(query, part(bin))}
      nowMs={range.beforeMs > props.nowMs ? props.nowMs : undefined}
      series={[
        ...series,
        ...budgetLines(props.budgets, query, shown, props.nowMs),
        ...(before
          ? [{ title: 'Period before', line: 'before' as const, values: before.costTicks }]
          : []),
      ]}
    >
      <nav class="ranges" aria-label="Group by">
        <a
          href={dashboardUrl(query, { compare: query.compare === undefined ? 'on' : undefined })}
          aria-current={query.compare === undefined ? undefined : 'true'}
        >
          Period before
        </a>
        {GROUPS.map((one) => (
          <a href={dashboardUrl(query, { by: one })} aria-current={one === by ? 'true' : undefined}>
            By {one}
          </a>
        ))}
      </nav>
    </Chart>
  )
}

/** No keys: everything is in the rest. */
const NOBODY: Usage = { starts: [], cells: [], count: 0, firstByte: [], total: [] }

const REDIRECTS_LISTED = 20

/** Requests for one model that another model answered and billed. */
function Redirects({ redirects, usage, query, range }: OverviewProps) {
  if (redirects.length === 0) return null
  return (
    <section class="card" aria-labelledby="redirects-title">
      <header>
        <h2 id="redirects-title">Answered by another model</h2>
        <span class="hint">of {count(addUp(usage.all.cells).requests)} requests</span>
      </header>
      <ul class="redirects">
        {redirects.slice(0, REDIRECTS_LISTED).map(({ requestedModel, model, ...sums }) => (
          <li>
            <strong>{requestedModel}</strong> was answered by{' '}
            <a
              href={
                logUrl(
                  { query, ...range },
                  { group: { by: 'model', key: model }, requestedModel },
                ) ?? '/logs'
              }
            >
              <strong>{model}</strong>
            </a>
            : {some(sums.requests, 'request')}, {some(sums.tokens, 'token')},{' '}
            <Money ticks={sums.costTicks} />
          </li>
        ))}
      </ul>
      {redirects.length > REDIRECTS_LISTED && (
        <p class="hint">and {count(redirects.length - REDIRECTS_LISTED)} more</p>
      )}
    </section>
  )
}
