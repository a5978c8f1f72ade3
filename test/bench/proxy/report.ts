import { drawTable } from '../../demo/table.ts'
import { benchProxy } from './run.ts'

const at = (list: readonly number[], share: number): number => {
  const sorted = list.toSorted((one, other) => one - other)
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0
}

const lateness = (list: readonly number[], share: number): string =>
  list.length === 0 ? '' : `${at(list, share).toFixed(2)} ms`

/** Prints what Metrion costs beside the bare Worker, as ratios of the same run. */
export async function proxyBench(rounds: number): Promise<void> {
  console.log(
    '\nCPU on one core, in front of the same upstream; what Cloudflare answers over the network is a stub\n',
  )
  const { figures, memory } = await benchProxy(rounds)
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
      ],
      figures,
    ),
  )
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
          cell: (one) => `${one.openMb.toFixed(0)} MB`,
        },
      ],
      memory,
    ),
  )
}
