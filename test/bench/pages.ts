import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { localPaths, startLocal } from '../../src/cli/local.ts'
import { freePort } from '../free-port.ts'
import { ledgerFile, seedLedger } from './seed.ts'

/** What people look at, and what costs most of it. */
const PATHS = [
  '/dashboard?range=1h',
  '/dashboard?range=24h',
  '/dashboard?range=7d',
  '/dashboard?range=30d',
  '/dashboard?range=30d&by=requester',
  '/dashboard?range=month',
  '/dashboard?range=30d&requester=user-0',
  '/dashboard?range=30d&model=grok-4.3',
  '/dashboard/errors?range=30d',
  '/dashboard/latency?range=30d',
  '/logs',
  '/logs?requester=user-0',
  '/logs?model=grok-4.3&status=4xx',
  '/logs?status=429',
  '/logs?q=prompt+length',
  '/logs?slowerThanMs=100000',
]
const TIMES = 20

export interface PageFigures {
  path: string
  /** From the request to the last byte of the answer, in order. */
  ms: number[]
  /** With nothing of it read yet. */
  firstMs: number
  /** Rows read by each of its queries of the ledger. */
  rowsRead: number[]
}

/** How long pages take over a ledger of so many requests, on this machine. */
export async function benchPages(rows: number): Promise<PageFigures[]> {
  const stateDir = await mkdtemp(join(tmpdir(), 'metrion-bench-'))
  const start = async (): ReturnType<typeof startLocal> =>
    startLocal({
      port: await freePort(),
      xaiBaseUrl: null,
      entry: 'test/worker/entries/bench.ts',
      ...localPaths(stateDir),
      onLog: () => {},
    })
  try {
    const first = await start()
    const body = JSON.stringify({ code: first.code, name: 'Bench' })
    const response = await fetch(`${first.url}/api/v1/session`, { method: 'POST', body })
    const cookie = response.headers.get('set-cookie')?.split(';')[0] ?? ''
    const { account } = (await response.json()) as { account: { id: string } }
    await first.stop()
    seedLedger(ledgerFile(stateDir), account.id, { rows, days: 30, endMs: Date.now(), seed: 1 })
    const worker = await start()
    try {
      return await measure(worker.url, `${cookie}; zone=Europe/Zurich`)
    } finally {
      await worker.stop()
    }
  } finally {
    await rm(stateDir, { recursive: true, force: true })
  }
}

async function measure(url: string, cookie: string): Promise<PageFigures[]> {
  const figures: PageFigures[] = []
  for (const path of PATHS) {
    const ms: number[] = []
    let rowsRead: number[] = []
    for (let times = 0; times < TIMES; times++) {
      const beganMs = performance.now()
      const response = await fetch(url + path, { headers: { cookie } })
      await response.text()
      if (!response.ok) throw new Error(`Cannot measure ${path}: ${response.status}`)
      rowsRead = (response.headers.get('x-rows-read') ?? '').split(' ').map(Number)
      ms.push(performance.now() - beganMs)
    }
    figures.push({
      path,
      rowsRead,
      firstMs: ms[0] ?? 0,
      ms: ms.toSorted((one, other) => one - other),
    })
  }
  return figures
}
