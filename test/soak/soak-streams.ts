import { setTimeout as sleep } from 'node:timers/promises'
import { treeMb } from '../bench/cpu.ts'
import { PATHS, receive, startWorld } from '../paths/world.ts'
import { STREAM_CHUNKS } from '../xai/recordings.ts'
import { events } from '../xai/reply.ts'

const GAP_MS = 100
const [event = ''] = events(STREAM_CHUNKS)
const DONE = 'data: [DONE]\n\n'

/** Whether no stream was broken and each has its row. */
export async function soakStreams(minutes: number, count: number): Promise<boolean> {
  const world = await startWorld()
  const untilMs = Date.now() + minutes * 60_000
  let broken = 0

  async function stream(index: number): Promise<void> {
    let sent = 0
    const { body, headers } = PATHS[index % PATHS.length]!
    const response = await world.ask(
      body,
      async (reply) => {
        reply.writeHead(200, { 'content-type': 'text/event-stream' })
        for (; Date.now() < untilMs; sent++) {
          reply.write(event)
          await sleep(GAP_MS)
        }
        reply.end(DONE)
      },
      headers,
    )
    const { text, whole } = await receive(response)
    const bytes = sent * Buffer.byteLength(event) + DONE.length
    if (!whole || text.length !== bytes) broken++
  }

  const streams = Promise.all(Array.from({ length: count }, (_, index) => stream(index)))
  const figures: number[] = []
  const timer = setInterval(() => {
    figures.push(treeMb(world.pid))
    console.log(`minute ${figures.length}: ${figures.at(-1)?.toFixed(0)} MB`)
  }, 60_000)
  await streams
  clearInterval(timer)
  await sleep(1_000)
  const { entries } = await world.calls()
  const complete = entries.filter(({ outcome }) => outcome === 'complete').length
  console.log(`${count} streams of ${minutes} minutes: ${broken} broken, ${complete} complete rows`)
  await world.close()
  return broken === 0 && complete === count
}
