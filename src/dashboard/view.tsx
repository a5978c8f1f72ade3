import { count, usd } from '../web/format.ts'
import { Layout } from '../web/layout.tsx'
import { rateWords } from '../web/money.ts'
import { localTime } from '../web/zone.ts'
import { addUp, costOf } from '../usage/present.ts'
import type { Sums } from '../usage/store.ts'
import { CostChart } from './chart.tsx'
import { Groups } from './groups.tsx'
import { dashboardUrl, type DashboardQuery } from './input.ts'
import { titleOf, type DashboardProps } from './props.ts'
import { RANGES, type RangeName } from './range.ts'
import { share, Tiles } from './tiles.tsx'

export function DashboardPage(props: DashboardProps) {
  const { viewer, query, zone, range, usage, currency } = props
  const total = addUp(usage.all.cells)
  const isEmpty = total.requests === 0 && addUp(usage.before.cells).requests === 0
  return (
    <Layout title="Dashboard" viewer={viewer} path="/dashboard" wide scripts={['/charts.js']}>
      <div data-refreshed>
        <header class="page-head">
          <h1>Dashboard</h1>
          <nav class="ranges" aria-label="Time">
            {Object.entries(RANGES).map(([name, title]) => (
              <a
                href={dashboardUrl(query, { range: name as RangeName })}
                aria-current={name === query.range ? 'true' : undefined}
              >
                {title}
              </a>
            ))}
          </nav>
        </header>
        <p class="lead" data-zoned>
          From {localTime(range.fromMs, zone).slice(0, 16)} to now, {zone}, compared with the time
          from {localTime(range.comparedFromMs, zone).slice(0, 16)}.
        </p>
        <Filters {...props} />
        {isEmpty ? (
          <Empty query={query} />
        ) : (
          <>
            <Tiles {...props} />
            <CostChart {...props} />
            <Known total={total} />
            <Groups by="model" {...props} />
            <Groups by="requester" {...props} />
            <Groups by="token" {...props} />
            {currency.rateMicros !== null && (
              <p class="hint rate">Converted {rateWords(currency)}.</p>
            )}
          </>
        )}
      </div>
    </Layout>
  )
}

function Filters({ query, tokenNames }: DashboardProps) {
  const chips = (['model', 'requester', 'token'] as const).flatMap((by) =>
    query[by].map((key) => ({ by, key })),
  )
  if (chips.length === 0) return null
  return (
    <ul class="chips" aria-label="Filters in force">
      {chips.map(({ by, key }) => (
        <li>
          {by}: {titleOf(by, key, tokenNames)}
          <a
            href={dashboardUrl(query, { [by]: query[by].filter((one) => one !== key) })}
            aria-label={`Without ${titleOf(by, key, tokenNames)}`}
          >
            ×
          </a>
        </li>
      ))}
    </ul>
  )
}

function Empty({ query }: { query: DashboardQuery }) {
  const isFiltered = [query.model, query.requester, query.token].some((list) => list.length > 0)
  return (
    <section class="card">
      <h2>Nothing in this time</h2>
      <p>
        Here will be what was spent, by whom and on which model, how much of it is xAI’s own bill,
        what failed, and how long answers took.{' '}
        {isFiltered ? (
          <a
            href={dashboardUrl({
              range: query.range,
              by: query.by,
              model: [],
              requester: [],
              token: [],
            })}
          >
            Take the filters out
          </a>
        ) : (
          <>
            Choose a longer time above, or send the first request: the{' '}
            <a href="/integrate">Integrate page</a> has the code.
          </>
        )}
      </p>
    </section>
  )
}

/** How much of the money is known by what. */
function Known({ total }: { total: Sums }) {
  const cost = costOf(total)
  const parts = [
    ['reported by xAI', total.reportedTicks],
    ['computed from complete usage', total.computedTicks],
    ['estimated from cut answers', total.estimatedTicks],
  ] as const
  return (
    <section class="card" aria-labelledby="known-title">
      <header>
        <h2 id="known-title">How the cost is known</h2>
      </header>
      <dl class="facts">
        {parts.map(([title, ticks]) => (
          <div>
            <dt>{title}</dt>
            <dd>
              {usd(ticks)} <span class="quiet">{share(ticks, cost)}</span>
            </dd>
          </div>
        ))}
        <div>
          <dt>requests of unknown cost</dt>
          <dd>{count(total.unknownCosts)}</dd>
        </div>
        <div>
          <dt>input tokens from xAI’s prompt cache</dt>
          <dd>{share(total.cachedTokens, total.inputTokens)}</dd>
        </div>
      </dl>
    </section>
  )
}
