import { Agent, request } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'

export interface Load {
  /** Where to, and what is said besides the body. */
  url: string
  headers: Record<string, string>
  body: string
  requests: number
  /** At the same time. */
  connections: number
  /** From the start of one connection to that of the next. */
  staggerMs?: number
}

export interface LoadFigures {
  wallMs: number
  /** From the request to the first byte of its body, of each; in order. */
  firstByteMs: number[]
  /** From when the upstream sent an event to its arrival, of each that says so; in order. */
  latenessMs: number[]
  events: number
}

const SENT = /sent_ms:([\d.]+)/g
const inOrder = (list: number[]): number[] => list.toSorted((one, other) => one - other)

/** Asks so many times over so many connections that stay open. Throws where an answer is not a 200. */
export async function load({
  url,
  headers,
  body,
  requests,
  connections,
  staggerMs = 0,
}: Load): Promise<LoadFigures> {
  const agent = new Agent({ keepAlive: true, maxSockets: connections })
  const firstByteMs: number[] = []
  const latenessMs: number[] = []
  let events = 0
  let left = requests
  const ask = (): Promise<void> =>
    new Promise((resolve, reject) => {
      const beganMs = performance.now()
      let isFirst = true
      /** A time that a packet has cut is told by the next one. */
      let begun = ''
      const asked = request(url, { method: 'POST', agent, headers }, (response) => {
        response.on('data', (chunk: Buffer) => {
          if (isFirst) firstByteMs.push(performance.now() - beganMs)
          isFirst = false
          const nowMs = performance.timeOrigin + performance.now()
          const text = begun + chunk.toString('latin1')
          const last = text.lastIndexOf('\n') + 1
          begun = text.slice(last)
          for (const [, sentMs] of text.slice(0, last).matchAll(SENT))
            latenessMs.push(nowMs - Number(sentMs))
          for (let at = chunk.indexOf('\n\n'); at >= 0; at = chunk.indexOf('\n\n', at + 2)) events++
        })
        response.on('end', () =>
          response.statusCode === 200
            ? resolve()
            : reject(new Error(`Cannot measure ${url}: ${response.statusCode}`)),
        )
      })
      asked.on('error', reject)
      asked.end(body)
    })
  const beganMs = performance.now()
  await Promise.all(
    Array.from({ length: connections }, async (_, index) => {
      if (staggerMs > 0) await sleep(index * staggerMs)
      while (left-- > 0) await ask()
    }),
  )
  const wallMs = performance.now() - beganMs
  agent.destroy()
  return { wallMs, events, firstByteMs: inOrder(firstByteMs), latenessMs: inOrder(latenessMs) }
}
