import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startLocal } from '../../src/cli/local.ts'
import { localPaths } from '../../src/cli/paths.ts'
import { jsMeter, type JsMeter, type JsTime } from './js-time.ts'
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
  '/logs?range=week&sort=cost',
  '/logs?range=30d&sort=duration',
  '/logs?range=30d&model=grok-4.3',
  '/logs?range=30d&tag=feature%3Dchat',
  '/sessions?range=30d',
  '/sessions?range=30d&sort=cost',
  '/sessions/tags?range=30d&name=feature',
  '/frame/state',
  '/frame/palette',
  '/dashboard?range=month&compare=on',
]
const TIMES = 20
/** Refused before anybody is asked. */
const NO_DATABASE = '/api/proxy/grok/v1/models'

export interface PageFigures {
  path: string
  /** From the request to the last byte of the answer, in order. */
  ms: number[]
  /** With nothing of it read yet. */
  firstMs: number
  /** CPU inside of JavaScript, once it is compiled, in order; none where the machine cannot tell. */
  jsMs: number[]
  /** Rows read by each of its queries of the ledger. */
  rowsRead: number[]
  /** Values in their answers: rows times columns. */
  valuesRead: number[]
}

/** How long pages take over a ledger of so many requests, on this machine. */
export async function benchPages(rows: number): Promise<PageFigures[]> {
  const stateDir = await mkdtemp(join(tmpdir(), 'metrion-bench-'))
  // The name of the session's cookie has the port in it.
  const port = await freePort()
  const start = (): ReturnType<typeof startLocal> =>
    startLocal({
      port,
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
    const js = await jsMeter(stateDir, 'pages')
    Object.assign(process.env, js?.environment)
    const worker = await start()
    try {
      return await measure(worker.url, `${cookie}; zone=Europe/Zurich`, js)
    } finally {
      await worker.stop()
      for (const name of Object.keys(js?.environment ?? {})) delete process.env[name]
    }
  } finally {
    await rm(stateDir, { recursive: true, force: true })
  }
}

/**
 * JavaScript's time in the Worker alone: around it are isolates of wrangler's, which hand requests on and answer for
 * D1. Of those that have to do with an answer without the database, it is the busiest with a page.
 */
async function workerTime(
  ask: (path: string) => Promise<unknown>,
  js: JsMeter | null,
): Promise<(() => Promise<number>) | null> {
  if (js === null) return null
  const spentOn = async (path: string): Promise<Map<bigint, JsTime>> => {
    const before = await js.byIsolate()
    for (let times = 0; times < TIMES; times++) await ask(path)
    return new Map(
      [...(await js.byIsolate())].map(([isolate, { ms, turns }]) => {
        const was = before.get(isolate) ?? { ms: 0, turns: 0 }
        return [isolate, { ms: ms - was.ms, turns: turns - was.turns }]
      }),
    )
  }
  const ofAnswer = await spentOn(NO_DATABASE)
  const [busiest] = [...(await spentOn(PATHS[0]!))]
    .filter(([isolate]) => (ofAnswer.get(isolate)?.turns ?? 0) >= TIMES)
    .toSorted(([, one], [, other]) => other.ms - one.ms)
  return async () => (await js.byIsolate()).get(busiest![0])?.ms ?? 0
}

async function measure(url: string, cookie: string, js: JsMeter | null): Promise<PageFigures[]> {
  const figures: PageFigures[] = []
  const ask = (path: string): Promise<Response> => fetch(url + path, { headers: { cookie } })
  const readMs = await workerTime(async (path) => (await ask(path)).text(), js)
  for (const path of PATHS) {
    const ms: number[] = []
    const jsMs: number[] = []
    let [rowsRead, valuesRead]: number[][] = []
    for (let times = 0; times < TIMES; times++) {
      const before = await readMs?.()
      const beganMs = performance.now()
      const response = await ask(path)
      await response.text()
      if (!response.ok || response.redirected)
        throw new Error(`Cannot measure ${path}: ${response.status}`)
      ;[rowsRead, valuesRead] = ['x-rows-read', 'x-values-read'].map((name) =>
        (response.headers.get(name) ?? '').split(' ').map(Number),
      )
      ms.push(performance.now() - beganMs)
      if (readMs && before !== undefined) jsMs.push((await readMs()) - before)
    }
    figures.push({
      path,
      rowsRead: rowsRead ?? [],
      valuesRead: valuesRead ?? [],
      firstMs: ms[0] ?? 0,
      ms: ms.toSorted((one, other) => one - other),
      jsMs: jsMs.toSorted((one, other) => one - other),
    })
  }
  return figures
}
