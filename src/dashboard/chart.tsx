import { decimalUsd, usd } from '../web/format.ts'
import { localTime } from '../web/zone.ts'
import { GROUPS } from '../usage/input.ts'
import { dashboardUrl } from './input.ts'
import { costSeries } from './series.ts'
import { titleOf, type DashboardProps } from './props.ts'

/** The script draws what the table says: who cannot see the chart reads the same numbers. */
export function CostChart({ query, usage, range, zone, tokenNames }: DashboardProps) {
  const series = costSeries(usage.all.starts, usage.top, usage.all)
  const titles = series.map(({ key }) =>
    key === null ? 'all others' : titleOf(query.by, key, tokenNames),
  )
  const time = (ms: number): string => {
    const text = localTime(ms, zone)
    return range.interval === 'day' ? text.slice(0, 10) : text.slice(0, 16)
  }
  return (
    <section class="card" aria-labelledby="chart-title">
      <header>
        <h2 id="chart-title">Cost over time</h2>
        <nav class="ranges" aria-label="Stacked by">
          {GROUPS.map((by) => (
            <a
              href={dashboardUrl(query, { by })}
              aria-current={by === query.by ? 'true' : undefined}
            >
              By {by}
            </a>
          ))}
        </nav>
      </header>
      <div class="chart" data-chart="chart-numbers" data-needs-script>
        <canvas role="img" aria-label="Cost over time, stacked; the numbers are below"></canvas>
      </div>
      <details id="numbers">
        <summary>The numbers</summary>
        <div class="scroll" tabindex={0} role="region" aria-label="Cost over time">
          <table class="log" id="chart-numbers">
            <thead>
              <tr>
                <th scope="col">{range.interval === 'day' ? 'Day' : 'Hour'}</th>
                {titles.map((title) => (
                  <th scope="col" class="number">
                    {title}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {usage.all.starts.map((startMs, bin) => (
                <tr>
                  <th scope="row">{time(startMs)}</th>
                  {series.map(({ costTicks }) => (
                    <td class="number" data-value={decimalUsd(costTicks[bin] ?? 0)}>
                      {usd(costTicks[bin] ?? 0)}
                    </td>
                  ))}
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      </details>
    </section>
  )
}
