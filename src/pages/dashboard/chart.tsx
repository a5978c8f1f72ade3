import { HOUR_MS } from '../../http/time.ts'
import { Money } from '../money.tsx'
import type { Child } from 'hono/jsx'
import { duration } from '../logs/cells.tsx'
import type { Interval } from '../../reports/usage/bins.ts'
import { count, decimalUsd } from '../../http/format.ts'
import { When } from '../../web/when.tsx'

/** The units of charts: the text in the table, and the value for the script. */
const UNITS = {
  /** From ticks. */
  usd: { text: (ticks: number) => <Money ticks={ticks} />, drawn: decimalUsd },
  count: { text: count, drawn: String },
  ms: { text: (ms: number) => duration(Math.round(ms)), drawn: String },
} as const

export interface Series {
  title: string
  /** One value per step. Null: there is none. */
  values: readonly (number | null)[]
  /** A line over the bars: a limit, or the period before. */
  line?: 'limit' | 'before'
  /** Where its name leads, such as to the dashboard of one model. */
  url?: string | null
  /** Where a value leads: to the requests behind it. */
  urlOf?: (bin: number) => string | null
}

export interface ChartProps {
  id: string
  title: string
  unit: keyof typeof UNITS
  /** Bars are stacked. */
  kind: 'bar' | 'line'
  interval: Interval
  starts: readonly number[]
  zone: string
  series: readonly Series[]
  /** Where a step leads: to the dashboard of that time. */
  stepUrl?: (bin: number) => string
  /** Now: the last step is not over if it contains this moment. */
  nowMs?: number | undefined
  /** More content for the header. */
  children?: Child
}

const STEPS = { '5min': 'Start', hour: 'Hour', day: 'Day' } as const

/** The script draws the chart from the table, so people who cannot see the chart can read the same numbers. */
export function Chart(props: ChartProps) {
  const { id, title, unit, kind, children } = props
  return (
    <section class="card" aria-labelledby={`${id}-title`}>
      <header>
        <h2 id={`${id}-title`}>{title}</h2>
        {children}
        <span class="chart-files" data-needs-script>
          <button class="plain" type="button" data-chart-file="png">
            PNG
          </button>
          <button class="plain" type="button" data-chart-file="csv">
            CSV
          </button>
        </span>
      </header>
      <div
        class="chart"
        data-chart={`${id}-numbers`}
        data-unit={unit}
        data-kind={kind}
        data-needs-script
      >
        <canvas
          role="application"
          aria-roledescription="chart"
          tabindex={0}
          aria-label={`${title}. Arrow keys read the values, Shift with arrow keys selects a range, Enter opens it. The data table is below.`}
        ></canvas>
        <p class="unseen" aria-live="polite"></p>
      </div>
      <details id={id}>
        <summary>Data table</summary>
        <div class="scroll" tabindex={0} role="region" aria-label={title}>
          <Numbers {...props} />
        </div>
      </details>
    </section>
  )
}

function Numbers({ id, unit, interval, starts, zone, series, stepUrl, nowMs }: ChartProps) {
  const { text, drawn } = UNITS[unit]
  const fineness = interval === 'day' ? 'day' : 'minute'
  // In zones that are off by half an hour, a day begins with the full hour before it.
  const inside = interval === 'day' ? HOUR_MS : 0
  const isPartial = (bin: number): boolean =>
    nowMs !== undefined && bin === starts.length - 1 && (starts[bin] ?? 0) <= nowMs
  return (
    <table class="log" id={`${id}-numbers`}>
      <thead>
        <tr>
          <th scope="col">{STEPS[interval]}</th>
          {series.map((one) => (
            <th scope="col" class="number" data-line={one.line}>
              <Door url={one.url}>{one.title}</Door>
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {starts.map((startMs, bin) => (
          <tr data-partial={isPartial(bin) ? '' : undefined}>
            <th scope="row">
              <Door url={stepUrl?.(bin)}>
                <When ms={startMs + inside} zone={zone} fineness={fineness} />
              </Door>
              {isPartial(bin) && ' so far'}
            </th>
            {series.map(({ values, urlOf }) => {
              const value = values[bin] ?? null
              return (
                <td class="number" data-value={value === null ? '' : drawn(value)}>
                  <Door url={value ? urlOf?.(bin) : null}>
                    {value === null ? '–' : text(value)}
                  </Door>
                </td>
              )
            })}
          </tr>
        ))}
      </tbody>
    </table>
  )
}

/** A link, if there is somewhere to go. The script lets bars and the legend lead to the same. */
export function Door({ url, children }: { url?: string | null | undefined; children: Child }) {
  return url ? <a href={url}>{children}</a> : <>{children}</>
}
