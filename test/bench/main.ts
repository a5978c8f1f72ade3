import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { drawTable } from '../../src/cli/table.ts'
import { benchBundle } from './bundle.ts'
import { benchLedger } from './ledger.ts'
import { benchPages } from './pages.ts'
import { proxyBench } from './proxy/report.ts'
import { command, UsageError, wholeNumber } from '../../src/cli/command.ts'

const SECTIONS = ['proxy', 'bundle', 'ledger', 'pages', 'capacity'] as const
const USAGE = `npm run bench -- [SECTION …] [--rows 0,1000000,5000000] [--rounds 5] [--only TEXT] [--beside FOLDER]
  Measures Metrion on this machine. Sections: ${SECTIONS.join(', ')}; all but capacity without one.
  --rows     how many rows the ledger has before (ledger, pages)
  --rounds   how often each is measured (proxy)
  --only     only scenarios with this text in their names (proxy)
  --beside   another checkout of Metrion to measure in the same run (proxy)`

const OPTIONS = {
  rows: { type: 'string', default: '0,1000000,5000000' },
  rounds: { type: 'string', default: '5' },
  only: { type: 'string', default: '' },
  beside: { type: 'string' },
} as const

await command({ usage: USAGE, options: OPTIONS, most: SECTIONS.length }, async (given) => {
  const { values, positionals } = given
  const unknown = positionals.find((one) => !(SECTIONS as readonly string[]).includes(one))
  if (unknown !== undefined)
    throw new UsageError(`Cannot measure "${unknown}": there is no such section`)
  const wants = (section: (typeof SECTIONS)[number]): boolean =>
    positionals.length === 0 || positionals.includes(section)
  const { beside = null } = values
  if (beside !== null && !existsSync(join(beside, 'wrangler.toml')))
    throw new UsageError(`Cannot use --beside ${beside}: it is no checkout of Metrion`)
  const rounds = wholeNumber(values.rounds, '--rounds')
  const sizes = values.rows.split(',').map((text) => wholeNumber(text, '--rows', 0))

  if (positionals.includes('capacity')) {
    // Hours of a database's life in minutes; by name alone.
    const args = ['run', '--project', 'worker-alone', 'test/worker/ledger/capacity.test.ts']
    const child = spawn('vitest', args, {
      stdio: 'inherit',
      env: { ...process.env, CAPACITY_REQUESTS: '600000' },
    })
    await once(child, 'close')
  }

  if (wants('proxy')) await proxyBench(rounds, values.only, beside)

  if (wants('bundle')) {
    console.log(
      '\nWhat pages add to the proxy: size, and CPU from start to first answer on workerd\n',
    )
    const figures = await benchBundle()
    const median = (list: readonly number[]): number =>
      list.toSorted((a, b) => a - b)[Math.floor(list.length / 2)] ?? 0
    const base = median(figures[0]?.startCpuMs ?? [])
    console.log(
      drawTable(
        [
          { title: 'bundle', cell: (one) => one.name },
          { title: 'modules', right: true, cell: (one) => String(one.modules) },
          { title: 'KiB', right: true, cell: (one) => one.kib.toFixed(0) },
          { title: 'KiB gzipped', right: true, cell: (one) => one.gzipKib.toFixed(0) },
          {
            title: 'start, median',
            right: true,
            cell: (one) => `${median(one.startCpuMs).toFixed(0)} ms`,
          },
          {
            title: 'spread',
            right: true,
            cell: (one) =>
              `${Math.min(...one.startCpuMs).toFixed(0)}–${Math.max(...one.startCpuMs).toFixed(0)} ms`,
          },
          {
            title: 'of its own',
            right: true,
            cell: (one) => `${(median(one.startCpuMs) - base).toFixed(0)} ms`,
          },
        ],
        figures,
      ),
    )
  }

  if (wants('ledger')) {
    console.log('\nRows a second into the ledger, on this machine\n')
    const figures = await benchLedger(sizes, console.log)
    console.log(
      drawTable(
        [
          { title: 'rows before', right: true, cell: (one) => String(one.rowsBefore) },
          { title: 'd1, a row a time', right: true, cell: (one) => `${one.rowsPerSecond.d1} /s` },
          {
            title: 'queue, 100 rows a time',
            right: true,
            cell: (one) => `${one.rowsPerSecond.queue} /s`,
          },
        ],
        figures,
      ),
    )
  }

  if (wants('pages')) {
    for (const rows of sizes) {
      if (rows === 0) continue
      console.log(`\nPages over ${rows} requests of 30 days, 12 models and 400 requesters\n`)
      const at = (ms: readonly number[], share: number): string =>
        `${Math.round(ms[Math.ceil(share * ms.length) - 1] ?? 0)} ms`
      console.log(
        drawTable(
          [
            { title: 'page', cell: (one) => one.path },
            { title: 'p50', right: true, cell: (one) => at(one.ms, 0.5) },
            { title: 'p95', right: true, cell: (one) => at(one.ms, 0.95) },
            { title: 'JS p50', right: true, cell: (one) => at(one.jsMs, 0.5) },
            { title: 'JS p95', right: true, cell: (one) => at(one.jsMs, 0.95) },
            {
              title: 'values',
              right: true,
              cell: ({ valuesRead }) => String(valuesRead.reduce((sum, one) => sum + one, 0)),
            },
            {
              title: 'rows read, by query',
              right: true,
              cell: ({ rowsRead }) => rowsRead.toSorted((one, other) => other - one).join(' '),
            },
            { title: 'first', right: true, cell: (one) => `${Math.round(one.firstMs)} ms` },
          ],
          await benchPages(rows),
        ),
      )
    }
  }
})
