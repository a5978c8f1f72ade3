import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startLocal } from '../../src/cli/local.ts'
import { localPaths } from '../../src/cli/paths.ts'
import { freePort } from '../free-port.ts'
import { ledgerFile, seedLedger } from './seed.ts'

/** How each sink hands rows to D1: one a statement, or a hundred. */
const SINKS = [
  { sink: 'd1', batch: 1, rows: 3_000 },
  { sink: 'queue', batch: 100, rows: 20_000 },
] as const

export interface LedgerFigures {
  rowsBefore: number
  rowsPerSecond: Record<'d1' | 'queue', number>
}

/** Rows a second into ledgers that hold so many already, on this machine's D1. */
export async function benchLedger(
  sizes: readonly number[],
  log: (line: string) => void,
): Promise<LedgerFigures[]> {
  const figures: LedgerFigures[] = []
  for (const rows of sizes) {
    const stateDir = await mkdtemp(join(tmpdir(), 'metrion-bench-'))
    try {
      if (rows > 0) {
        // Once, so that the databases are there.
        await (await start(stateDir)).stop()
        const beganMs = Date.now()
        seedLedger(ledgerFile(stateDir), 'bench', { rows, days: 30, endMs: beganMs, seed: 1 })
        log(`seeded ${rows} rows in ${Math.round((Date.now() - beganMs) / 1000)} s`)
      }
      figures.push({ rowsBefore: rows, rowsPerSecond: await measure(stateDir) })
    } finally {
      await rm(stateDir, { recursive: true, force: true })
    }
  }
  return figures
}

const start = async (stateDir: string): ReturnType<typeof startLocal> =>
  startLocal({
    port: await freePort(),
    xaiBaseUrl: null,
    entry: 'test/worker/entries/bench.ts',
    ...localPaths(stateDir),
    onLog: () => {},
  })

async function measure(stateDir: string): Promise<LedgerFigures['rowsPerSecond']> {
  const worker = await start(stateDir)
  try {
    const speeds = { d1: 0, queue: 0 }
    for (const { sink, batch, rows } of SINKS) {
      const query = `account=bench&rows=${rows}&batch=${batch}`
      const response = await fetch(`${worker.url}/bench?${query}`, { method: 'POST' })
      const { ms } = (await response.json()) as { ms: number }
      speeds[sink] = Math.round((rows / ms) * 1000)
    }
    return speeds
  } finally {
    await worker.stop()
  }
}
