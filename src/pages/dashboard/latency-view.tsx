import { addUp, latenciesOf, stepsOf, tokensPerSecond } from '../../reports/usage/present.ts'
import type { Usage } from '../../reports/usage/store.ts'
import { Chart } from './chart.tsx'
import { Empty, Frame } from './frame.tsx'
import { stepUrl } from './input.ts'
import { logUrl } from './links.ts'
import type { FrameProps } from './props.ts'
import { change, changeOfPercentile } from './change.ts'
import { Tile } from './tile.tsx'
import { rounded } from './tiles.tsx'

export interface LatencyProps extends FrameProps {
  all: Usage
  before: Usage
}

const SHARES = ['p50', 'p95', 'p99'] as const
const FIELDS = [
  { field: 'firstByteMs', id: 'first-byte', title: 'Time to first byte', sort: 'firstByte' },
  { field: 'totalMs', id: 'last-byte', title: 'Time to last byte', sort: 'duration' },
] as const

export function LatencyPage(props: LatencyProps) {
  const { all, before, query, range, zone } = props
  const now = latenciesOf(all)
  const bins = binsOf(all)
  if (now.totalMs.p50 === null)
    return (
      <Frame section="/dashboard/latency" {...props}>
        <Empty query={query} section="/dashboard/latency">
          Times to the first and the last byte, and Metrion’s overhead, appear here.
        </Empty>
      </Frame>
    )
  const chart = {
    interval: range.interval,
    starts: all.starts,
    zone,
    unit: 'ms',
    stepUrl: (bin: number) =>
      stepUrl(
        query,
        { fromMs: all.starts[bin]!, beforeMs: all.starts[bin + 1] ?? range.beforeMs },
        '/dashboard/latency',
      ),
  } as const
  return (
    <Frame section="/dashboard/latency" {...props}>
      <Tiles all={all} before={before} bins={bins} logUrl={logUrl({ query, ...range })} />
      {FIELDS.map(({ id, field, title }) => (
        <Chart
          id={id}
          title={title}
          kind="line"
          {...chart}
          series={SHARES.map((share) => ({
            title: share,
            values: bins.map((bin) => bin[field][share]),
          }))}
        />
      ))}
      <Chart
        id="own"
        title="Metrion overhead (average)"
        kind="line"
        {...chart}
        series={[{ title: 'Metrion', values: bins.map((bin) => bin.overheadMeanMs) }]}
      />
      <p class="hint rate">
        Percentiles come from histograms with buckets that are 10% wide, and are usually within 2%
        of the exact values. Metrion overhead is measured up to the call to xAI. Cloudflare’s clock
        does not advance while the Worker computes, so the overhead contains waiting time only.
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
  /** The requests of these figures. */
  logUrl: string | null
}

function Tiles({ all, before, bins, logUrl: log }: TilesProps) {
  const [now, then] = [latenciesOf(all), latenciesOf(before)]
  const speed = tokensPerSecond(addUp(all.cells))
  return (
    <div class="tiles">
      {FIELDS.map(({ field, title, sort }) => (
        <Tile
          title={title}
          change={changeOfPercentile(now[field].p50, then[field].p50)}
          course={bins.map((bin) => bin[field].p50)}
          note={`p95 ${rounded(now[field].p95)}, p99 ${rounded(now[field].p99)}`}
          url={log && `${log}&sort=${sort}`}
        >
          {rounded(now[field].p50)}
        </Tile>
      ))}
      <Tile
        title="Metrion overhead"
        change={change(now.overheadMeanMs, then.overheadMeanMs)}
        course={bins.map((bin) => bin.overheadMeanMs)}
        note="average time before the request goes to xAI"
        url={log}
      >
        {now.overheadMeanMs ?? '–'} ms
      </Tile>
      <Tile
        title="Speed"
        change={change(speed, tokensPerSecond(addUp(before.cells)))}
        course={bins.map(({ sums }) => tokensPerSecond(sums))}
        note="output tokens per second of complete answers, including reasoning"
        url={log}
      >
        {speed ?? '–'}
      </Tile>
    </div>
  )
}
