import { drawTable } from '../../../src/cli/table.ts'
import { benchProxy } from './run.ts'
import type { StreamFigure } from './streams.ts'

const at = (list: readonly number[], share: number): number => {
  const sorted = list.toSorted((one, other) => one - other)
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0
}

const lateness = (list: readonly number[], share: number): string =>
  list.length === 0 ? '' : `${at(list, share).toFixed(2)} ms`

/** Prints what Metrion costs beside the bare Worker, as ratios of the same run. */
export async function proxyBench(
  rounds: number,
  only = '',
  beside: string | null = null,
): Promise<void> {
  console.log(
    '\nCPU on one core, in front of the same upstream; what Cloudflare answers over the network is a stub\n',
  )
  const { figures, streams, memory } = await benchProxy(rounds, only, beside)
  console.log(
    drawTable(
      [
        { title: 'scenario', cell: (one) => one.scenario },
        { title: 'gateway', cell: (one) => one.gateway },
        {
          title: 'CPU each',
          right: true,
          cell: (one) => `${at(one.cpuUs, 0.5).toFixed(0)} µs/${one.unit}`,
        },
        { title: 'to bare', right: true, cell: (one) => at(one.ratios, 0.5).toFixed(2) },
        {
          title: 'spread',
          right: true,
          cell: (one) =>
            `${Math.min(...one.ratios).toFixed(2)}–${Math.max(...one.ratios).toFixed(2)}`,
        },
        {
          title: 'requests/s',
          right: true,
          cell: (one) => at(one.requestsPerSecond, 0.5).toFixed(0),
        },
        {
          title: 'first byte p50',
          right: true,
          cell: (one) => `${at(one.firstByteMs, 0.5).toFixed(2)} ms`,
        },
        { title: 'p99', right: true, cell: (one) => `${at(one.firstByteMs, 0.99).toFixed(2)} ms` },
        {
          title: 'event late p50',
          right: true,
          cell: (one) => lateness(one.latenessMs, 0.5),
        },
        { title: 'p99', right: true, cell: (one) => lateness(one.latenessMs, 0.99) },
        {
          title: 'object calls/100',
          right: true,
          cell: (one) => (one.objectCalls.length === 0 ? '' : at(one.objectCalls, 0.5).toFixed(1)),
        },
      ],
      figures,
    ),
  )
  if (only !== '') return
  printStreams(streams)
  console.log()
  console.log(
    drawTable(
      [
        { title: 'gateway', cell: (one) => one.gateway },
        {
          title: 'memory after all that',
          right: true,
          cell: (one) => `${one.afterMb.toFixed(0)} MB`,
        },
        {
          title: 'with 500 open streams',
          right: true,
          cell: (one) => `${one.askedMb.toFixed(0)} MB`,
        },
        { title: 'hidden usage', right: true, cell: (one) => `${one.hiddenMb.toFixed(0)} MB` },
      ],
      memory,
    ),
  )
}

/** One stream alone: what it costs inside of JavaScript, which is what Cloudflare limits. */
function printStreams(figures: readonly StreamFigure[]): void {
  if (figures.length === 0) {
    console.log("\nJavaScript's own time needs a C compiler, on Linux and x86-64\n")
    return
  }
  console.log('\nOne stream alone, inside of JavaScript\n')
  console.log(
    drawTable(
      [
        {
          title: 'stream',
          cell: (one) => `${one.events} × ${one.gapMs} ms, usage ${one.usage}`,
        },
        { title: 'gateway', cell: (one) => one.gateway },
        { title: 'JS', right: true, cell: (one) => `${at(one.jsMs, 0.5).toFixed(1)} ms` },
        {
          title: 'spread',
          right: true,
          cell: (one) => `${Math.min(...one.jsMs).toFixed(1)}–${Math.max(...one.jsMs).toFixed(1)}`,
        },
        { title: 'turns an event', right: true, cell: (one) => at(one.turns, 0.5).toFixed(3) },
        { title: 'event late p50', right: true, cell: (one) => lateness(one.latenessMs, 0.5) },
        { title: 'p99', right: true, cell: (one) => lateness(one.latenessMs, 0.99) },
      ],
      figures,
    ),
  )
}
