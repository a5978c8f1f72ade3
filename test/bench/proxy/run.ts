import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { freePort } from '../../free-port.ts'
import { treeCpuMs, treeMb } from '../cpu.ts'
import { startOn } from '../../workerd/child.ts'
import { startGateways, type Gateway } from './gateways.ts'
import { load, type LoadFigures } from './load.ts'

const ASK = { model: 'grok-4.3', messages: [{ role: 'user', content: 'How much is it?' }] }
const STREAM = { ...ASK, stream: true }
const WITH_USAGE = { ...STREAM, stream_options: { include_usage: true } }

interface Scenario {
  name: string
  body: object
  /** What the upstream is to say. */
  answer: string
  requests: number
  connections: number
  /** So that streams are at different places, as they are in life. */
  staggerMs?: number
  /** What the CPU is told by. */
  unit: 'request' | 'event'
}

const SCENARIOS: readonly Scenario[] = [
  {
    name: 'plain, 1 connection',
    body: ASK,
    answer: '',
    requests: 1_500,
    connections: 1,
    unit: 'request',
  },
  {
    name: 'plain, 64 connections',
    body: ASK,
    answer: '',
    requests: 6_000,
    connections: 64,
    unit: 'request',
  },
  {
    name: 'stream, usage asked for, 32 connections',
    body: WITH_USAGE,
    answer: 'events=200',
    requests: 200,
    connections: 32,
    unit: 'event',
  },
  {
    name: 'stream, usage hidden, 32 connections',
    body: STREAM,
    answer: 'events=200',
    requests: 200,
    connections: 32,
    unit: 'event',
  },
  {
    name: 'stream, an event every 5 ms, 64 connections',
    body: WITH_USAGE,
    answer: 'events=200&gapMs=5',
    requests: 192,
    connections: 64,
    staggerMs: 16,
    unit: 'event',
  },
]

export interface ProxyFigure {
  scenario: string
  gateway: string
  unit: Scenario['unit']
  /** CPU of the gateway's processes for one of the unit, of each round. */
  cpuUs: number[]
  /** The same, as a ratio to the bare Worker right before. */
  ratios: number[]
  requestsPerSecond: number[]
  firstByteMs: number[]
  /** Of every event that says when it was sent. */
  latenessMs: number[]
}

export interface MemoryFigure {
  gateway: string
  /** After all of the above, and with 500 streams open. */
  afterMb: number
  openMb: number
}

const OPEN = 500

/** Metrion and Portkey beside the bare Worker, in front of the same upstream, in turn, round by round. */
export async function benchProxy(
  rounds: number,
): Promise<{ figures: ProxyFigure[]; memory: MemoryFigure[] }> {
  const folder = await mkdtemp(join(tmpdir(), 'metrion-bench-'))
  const port = await freePort()
  // The load and the upstream have the one core, the gateways the other.
  const upstream = startOn(1, 'node', ['test/bench/proxy/upstream.ts', String(port)])
  await sleep(700)
  const gateways = await startGateways(folder, `http://127.0.0.1:${port}`)
  try {
    const figures: ProxyFigure[] = []
    for (const scenario of SCENARIOS) {
      console.error(`measuring: ${scenario.name}`)
      figures.push(...(await measure(scenario, gateways, rounds)))
    }
    const memory: MemoryFigure[] = []
    for (const gateway of gateways) memory.push(await memoryOf(gateway))
    return { figures, memory }
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
  const figures = gateways.map(({ name }): ProxyFigure => {
    const lists = { cpuUs: [], ratios: [], requestsPerSecond: [], firstByteMs: [], latenessMs: [] }
    return { scenario: scenario.name, gateway: name, unit: scenario.unit, ...lists }
  })
  const run = (gateway: Gateway, requests: number): Promise<LoadFigures> =>
    load({
      url: gateway.url,
      headers: gateway.headers,
      body: JSON.stringify({ ...scenario.body, user: scenario.answer }),
      requests,
      connections: scenario.connections,
      ...(scenario.staggerMs ? { staggerMs: scenario.staggerMs } : {}),
    })
  for (const gateway of gateways) await run(gateway, Math.ceil(scenario.requests / 4))
  for (let round = 0; round < rounds; round++) {
    let bareUs = 0
    for (const [index, gateway] of gateways.entries()) {
      const before = treeCpuMs(gateway.pid)
      const { wallMs, events, firstByteMs, latenessMs } = await run(gateway, scenario.requests)
      // What goes on behind the answers belongs to them.
      await sleep(150)
      const units = scenario.unit === 'event' ? events : scenario.requests
      const us = ((treeCpuMs(gateway.pid) - before) * 1_000) / units
      if (index === 0) bareUs = us
      const figure = figures[index]!
      figure.cpuUs.push(us)
      figure.ratios.push(us / bareUs)
      figure.requestsPerSecond.push((scenario.requests / wallMs) * 1_000)
      figure.firstByteMs.push(...firstByteMs)
      figure.latenessMs.push(...latenessMs)
    }
  }
  return figures
}

async function memoryOf(gateway: Gateway): Promise<MemoryFigure> {
  const afterMb = treeMb(gateway.pid)
  const open = load({
    url: gateway.url,
    headers: gateway.headers,
    body: JSON.stringify({ ...WITH_USAGE, user: 'events=100&gapMs=50' }),
    requests: OPEN,
    connections: OPEN,
  })
  let openMb = 0
  const timer = setInterval(() => (openMb = Math.max(openMb, treeMb(gateway.pid))), 250)
  await open
  clearInterval(timer)
  return { gateway: gateway.name, afterMb, openMb }
}
