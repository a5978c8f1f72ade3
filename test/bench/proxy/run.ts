import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { freePort } from '../../free-port.ts'
import { ASK, STREAM, WITH_USAGE } from './asks.ts'
import { benchStreams, type StreamFigure } from './streams.ts'
import { treeCpuMs, treeMb } from '../cpu.ts'
import { startOn } from '../../workerd/child.ts'
import { startGateways, type Gateway } from './gateways.ts'
import { load, type LoadFigures } from './load.ts'

interface Scenario {
  name: string
  body: object
  connections: number
  requests: number
  /** Absent: a plain answer. */
  stream?: Stream
}

/**
 * What an event costs is told by as many streams of two lengths: what is left when the requests, which
 * have rows of their own, are taken away.
 */
interface Stream {
  events: [short: number, long: number]
  gapMs: number
  /** So that streams are at different places, as they are in life. */
  staggerMs: number
}

const BURST: Pick<Scenario, 'connections' | 'requests' | 'stream'> = {
  connections: 32,
  requests: 96,
  stream: { events: [200, 1_200], gapMs: 0, staggerMs: 0 },
}
/** A hundred tokens a second, as fast models write; twice as many would fill the core, and tell of queues. */
const PACED: Pick<Scenario, 'connections' | 'requests' | 'stream'> = {
  connections: 64,
  requests: 64,
  stream: { events: [50, 400], gapMs: 10, staggerMs: 16 },
}

const SCENARIOS: readonly Scenario[] = [
  { name: 'plain, 1 connection', body: ASK, requests: 1_500, connections: 1 },
  { name: 'plain, 64 connections', body: ASK, requests: 6_000, connections: 64 },
  { name: 'usage asked for, a burst, 32 streams', body: WITH_USAGE, ...BURST },
  { name: 'usage hidden, a burst, 32 streams', body: STREAM, ...BURST },
  { name: 'usage asked for, an event every 10 ms, 64 streams', body: WITH_USAGE, ...PACED },
  { name: 'usage hidden, an event every 10 ms, 64 streams', body: STREAM, ...PACED },
]

export interface ProxyFigure {
  scenario: string
  gateway: string
  unit: 'request' | 'event'
  /** CPU of the gateway's processes for one of the unit, of each round. */
  cpuUs: number[]
  /** The same, as a ratio to the bare Worker right before. */
  ratios: number[]
  requestsPerSecond: number[]
  firstByteMs: number[]
  /** Of every event that says when it was sent. */
  latenessMs: number[]
  /** Calls of the account's object for a hundred requests, of each round; empty: it has none. */
  objectCalls: number[]
}

export interface MemoryFigure {
  gateway: string
  /** After all of the above, and with 500 streams open, whose usage is asked for or hidden. */
  afterMb: number
  askedMb: number
  hiddenMb: number
}

const OPEN = 500

/** Metrion and the others beside the bare Worker, in front of the same upstream, in turn, round by round. */
export async function benchProxy(
  rounds: number,
  only: string,
  beside: string | null,
): Promise<{ figures: ProxyFigure[]; streams: StreamFigure[]; memory: MemoryFigure[] }> {
  const folder = await mkdtemp(join(tmpdir(), 'metrion-bench-'))
  const port = await freePort()
  // The load and the upstream have the one core, the gateways the other.
  const upstream = startOn(1, 'node', ['test/bench/proxy/upstream.ts', String(port)])
  await sleep(700)
  const gateways = await startGateways(folder, `http://127.0.0.1:${port}`, beside)
  try {
    const figures: ProxyFigure[] = []
    for (const scenario of SCENARIOS.filter(({ name }) => name.includes(only))) {
      console.error(`measuring: ${scenario.name}`)
      figures.push(...(await measure(scenario, gateways, rounds)))
    }
    if (only !== '') return { figures, streams: [], memory: [] }
    const memory: MemoryFigure[] = []
    for (const gateway of gateways) memory.push(await memoryOf(gateway))
    return { figures, streams: await benchStreams(gateways, rounds), memory }
  } finally {
    for (const { stop } of gateways) stop()
    upstream.kill('SIGKILL')
    await rm(folder, { recursive: true, force: true })
  }
}

async function measure(
  scenario: Scenario,
  gateways: readonly Gateway[],
  rounds: number,
): Promise<ProxyFigure[]> {
  const { stream } = scenario
  const unit = stream ? 'event' : 'request'
  const figures = gateways.map(({ name }): ProxyFigure => {
    const lists = {
      cpuUs: [],
      ratios: [],
      requestsPerSecond: [],
      firstByteMs: [],
      latenessMs: [],
      objectCalls: [],
    }
    return { scenario: scenario.name, gateway: name, unit, ...lists }
  })
  for (const gateway of gateways)
    await run(gateway, scenario, stream?.events[0], scenario.requests / 4)
  for (let round = 0; round < rounds; round++) {
    let bareUs = 0
    for (const [index, gateway] of gateways.entries()) {
      const callsBefore = await objectCallsOf(gateway)
      const asked = await run(gateway, scenario, stream?.events[0], scenario.requests)
      const calls = (await objectCallsOf(gateway)) - callsBefore
      let us = asked.cpuUs
      let late = asked
      if (stream) {
        const [short, long] = stream.events
        late = await run(gateway, scenario, long, scenario.requests)
        us = (late.cpuUs - asked.cpuUs) / (long - short)
      }
      if (index === 0) bareUs = us
      const figure = figures[index]!
      figure.cpuUs.push(us)
      figure.ratios.push(us / bareUs)
      figure.requestsPerSecond.push((scenario.requests / asked.wallMs) * 1_000)
      figure.firstByteMs.push(...asked.firstByteMs)
      figure.latenessMs.push(...late.latenessMs)
      if (gateway.calls) figure.objectCalls.push((calls / scenario.requests) * 100)
    }
  }
  return figures
}

/** How often a gateway has asked its account's object so far. */
async function objectCallsOf({ calls }: Gateway): Promise<number> {
  if (calls === undefined) return 0
  const told = (await (await fetch(calls)).json()) as { objectCalls?: number }
  return told.objectCalls ?? 0
}

/** Asks a gateway so often; `cpuUs` is what each request took, and what goes on behind its answer. */
async function run(
  { pid, url, headers }: Gateway,
  { body, connections, stream }: Scenario,
  events: number | undefined,
  requests: number,
): Promise<LoadFigures & { cpuUs: number }> {
  const answer = stream ? `events=${events}&gapMs=${stream.gapMs}` : ''
  const before = treeCpuMs(pid)
  const figures = await load({
    url,
    headers,
    body: JSON.stringify({ ...body, user: answer }),
    requests,
    connections,
    ...(stream?.staggerMs ? { staggerMs: stream.staggerMs } : {}),
  })
  await sleep(150)
  return { ...figures, cpuUs: ((treeCpuMs(pid) - before) * 1_000) / requests }
}

async function memoryOf(gateway: Gateway): Promise<MemoryFigure> {
  const afterMb = treeMb(gateway.pid)
  const askedMb = await openMb(gateway, WITH_USAGE)
  return { gateway: gateway.name, afterMb, askedMb, hiddenMb: await openMb(gateway, STREAM) }
}

async function openMb(gateway: Gateway, ask: object): Promise<number> {
  const open = load({
    url: gateway.url,
    headers: gateway.headers,
    body: JSON.stringify({ ...ask, user: 'events=100&gapMs=50' }),
    requests: OPEN,
    connections: OPEN,
  })
  let most = 0
  const timer = setInterval(() => (most = Math.max(most, treeMb(gateway.pid))), 250)
  await open
  clearInterval(timer)
  return most
}
