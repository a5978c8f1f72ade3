import { addUp, latenciesOf, stepsOf, tokensPerSecond } from '../../reports/usage/present.ts'
import type { Usage } from '../../reports/usage/store.ts'
import { Chart } from './chart.tsx'
import { Empty, Frame } from './frame.tsx'
import type { FrameProps } from './props.ts'
import { change } from './series.ts'
import { Tile } from './tile.tsx'
import { rounded } from './tiles.tsx'

export interface LatencyProps extends FrameProps {
  all: Usage
  before: Usage
}

const SHARES = ['p50', 'p95', 'p99'] as const
const FIELDS = [
  { field: 'firstByteMs', id: 'first-byte', title: 'Time to first byte' },
  { field: 'totalMs', id: 'last-byte', title: 'Time to last byte' },
] as const
const TITLES = { p50: 'half', p95: '95%', p99: '99%' } as const

export function LatencyPage(props: LatencyProps) {
  const { all, before, query, range, zone } = props
  const now = latenciesOf(all)
  const bins = binsOf(all)
  if (now.totalMs.p50 === null)
    return (
      <Frame section="/dashboard/latency" {...props}>
        <Empty query={query} section="/dashboard/latency">
          Here will be how long answers took to begin and to end, and how little of it is Metrion’s
          own.
        </Empty>
      </Frame>
    )
  const chart = { interval: range.interval, starts: all.starts, zone, unit: 'ms' } as const
  return (
    <Frame section="/dashboard/latency" {...props}>
      <Tiles all={all} before={before} bins={bins} />
      {FIELDS.map(({ id, field, title }) => (
        <Chart
          id={id}
          title={title}
          kind="line"
          {...chart}
          series={SHARES.map((share) => ({
            title: `${TITLES[share]} within`,
            values: bins.map((bin) => bin[field][share]),
          }))}
        />
      ))}
      <Chart
        id="own"
        title="Metrion’s own share, on average"
        kind="line"
        {...chart}
        series={[{ title: 'Metrion', values: bins.map((bin) => bin.overheadMeanMs) }]}
      />
      <p class="hint rate">
        Percentiles are read from histograms, and within 5% of the exact ones. Metrion’s own share
        is measured up to the call to xAI; Cloudflare’s clock stands still while the Worker
        computes, so that what is measured is waiting.
      </p>
    </Frame>
  )
}

const binsOf = (usage: Usage) =>
  stepsOf(usage).map((step) => ({ sums: addUp(step.cells), ...latenciesOf(step) }))

interface TilesProps {
  all: Usage
  before: Usage
  bins: ReturnType<typeof binsOf>
}

function Tiles({ all, before, bins }: TilesProps) {
  const [now, then] = [latenciesOf(all), latenciesOf(before)]
  const speed = tokensPerSecond(addUp(all.cells))
  return (
    <div class="tiles">
      {FIELDS.map(({ field, title }) => (
        <Tile
          title={title}
          change={change(now[field].p50, then[field].p50)}
          course={bins.map((bin) => bin[field].p50)}
          note={`95% within ${rounded(now[field].p95)}, 99% within ${rounded(now[field].p99)}`}
        >
          {rounded(now[field].p50)}
        </Tile>
      ))}
      <Tile
        title="Metrion’s own share"
        change={change(now.overheadMeanMs, then.overheadMeanMs)}
        course={bins.map((bin) => bin.overheadMeanMs)}
        note="before a request went to xAI, on average"
      >
        {now.overheadMeanMs ?? '–'} ms
      </Tile>
      <Tile
        title="Speed"
        change={change(speed, tokensPerSecond(addUp(before.cells)))}
        course={bins.map(({ sums }) => tokensPerSecond(sums))}
        note="output tokens a second of complete answers, reasoning included"
      >
        {speed ?? '–'}
      </Tile>
    </div>
  )
}
