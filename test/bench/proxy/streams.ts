import { setTimeout as sleep } from 'node:timers/promises'
import { STREAM, WITH_USAGE } from './asks.ts'
import type { Gateway } from './gateways.ts'
import { load } from './load.ts'

/** What one stream by itself costs inside of JavaScript, where Cloudflare holds a Worker to its CPU limit. */
export interface StreamFigure {
  gateway: string
  usage: 'hidden' | 'asked for'
  events: number
  gapMs: number
  /** Of each round. */
  jsMs: number[]
  /** How often JavaScript was entered, for each event. */
  turns: number[]
  latenessMs: number[]
}

const SHAPES = [
  { events: 100, gapMs: 10 },
  { events: 300, gapMs: 10 },
  { events: 1_000, gapMs: 10 },
  { events: 1_000, gapMs: 2 },
  { events: 3_000, gapMs: 2 },
]
/** What goes on behind the answer belongs to it. */
const BEHIND_MS = 500

/** One stream after the other, alone on its gateway; none where the machine cannot tell JavaScript's time. */
export async function benchStreams(
  gateways: readonly Gateway[],
  rounds: number,
): Promise<StreamFigure[]> {
  const figures: StreamFigure[] = []
  for (const { events, gapMs } of SHAPES) {
    for (const usage of ['hidden', 'asked for'] as const) {
      console.error(`measuring: ${events} events, one every ${gapMs} ms, usage ${usage}`)
      for (const gateway of gateways) {
        if (gateway.js === null) continue
        const lists = { jsMs: [], turns: [], latenessMs: [] }
        const figure: StreamFigure = { gateway: gateway.name, usage, events, gapMs, ...lists }
        for (let round = 0; round < rounds; round++) await measure(gateway, figure)
        figures.push(figure)
      }
    }
  }
  return figures
}

async function measure({ url, headers, js }: Gateway, figure: StreamFigure): Promise<void> {
  if (js === null) return
  const { usage, events, gapMs } = figure
  const body = {
    ...(usage === 'hidden' ? STREAM : WITH_USAGE),
    user: `events=${events}&gapMs=${gapMs}`,
  }
  const before = await js.read()
  const { latenessMs } = await load({
    url,
    headers,
    body: JSON.stringify(body),
    requests: 1,
    connections: 1,
  })
  await sleep(BEHIND_MS)
  const after = await js.read()
  figure.jsMs.push(after.ms - before.ms)
  figure.turns.push((after.turns - before.turns) / events)
  figure.latenessMs.push(...latenessMs)
}
