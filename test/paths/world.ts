import { createServer, request, type IncomingMessage, type ServerResponse } from 'node:http'
import { mkdtemp, rm } from 'node:fs/promises'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { LedgerEntry } from '../../src/ledger/entry.ts'
import { startMetrion, TOKEN } from '../workerd/workerd.ts'

/**
 * The ways in which a stream passes: chunk by chunk, since an event is to be hidden; as it gathers, for the same
 * reason; or natively.
 */
export const PATHS: readonly {
  path: string
  body: object
  headers: Record<string, string>
  hides: boolean
}[] = [
  { path: 'copied', body: { stream: true }, headers: { 'x-metrion-latency': 'low' }, hides: true },
  { path: 'gathered', body: { stream: true }, headers: {}, hides: true },
  {
    path: 'flowing',
    body: { stream: true, stream_options: { include_usage: true } },
    headers: {},
    hides: false,
  },
]
/** How xAI answers a request. */
export type Play = (response: ServerResponse) => Promise<void> | void

export interface World {
  /** Of the Worker's process. */
  pid: number
  /** Asks for a chat; `play` is what xAI does then. */
  ask: (body: object, play: Play, headers?: Record<string, string>) => Promise<IncomingMessage>
  /** What the Worker has asked of KV and D1, and the rows that it has written. */
  calls: () => Promise<Calls>
  close: () => Promise<void>
}

interface Calls {
  kvReads: string[]
  statements: number
  batches: number
  /** How often the runtime has woken JavaScript for a stream. */
  turns: number
  entries: LedgerEntry[]
}

/** Metrion on workerd between a caller and an xAI that are sockets of this process. */
export async function startWorld(more: Record<string, string> = {}): Promise<World> {
  const folder = await mkdtemp(join(tmpdir(), 'metrion-paths-'))
  const plays = new Map<string, Play>()
  const xai = createServer((asked, response) => {
    const play = plays.get(String(asked.headers['x-grok-conv-id']))
    asked.resume().on('end', () => void play?.(response))
    response.on('error', () => {})
  })
  // A connection that Node closes just as it is used again is an answer lost, and no fault of the Worker.
  xai.keepAliveTimeout = 0
  await new Promise<void>((resolve) => xai.listen(0, '127.0.0.1', resolve))
  const { port } = xai.address() as AddressInfo
  const bindings = { COUNTS_TURNS: '1', ...more }
  const worker = await startMetrion(folder, `http://127.0.0.1:${port}`, { bindings })
  return {
    pid: worker.pid,
    ask: (body, play, headers = {}) => {
      const id = crypto.randomUUID()
      plays.set(id, play)
      return ask(`${worker.url}/api/proxy/grok/v1/chat/completions`, id, body, headers)
    },
    calls: async () => (await (await fetch(`${worker.url}/calls`)).json()) as Calls,
    close: async () => {
      worker.stop()
      xai.closeAllConnections()
      await new Promise((resolve) => xai.close(resolve))
      await rm(folder, { recursive: true })
    },
  }
}

/** A connection of its own for each, so that one that breaks takes no other with it. */
function ask(
  url: string,
  id: string,
  body: object,
  more: Record<string, string>,
): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const headers = {
      authorization: `Bearer ${TOKEN}`,
      'content-type': 'application/json',
      'x-grok-conv-id': id,
      ...more,
    }
    const asked = request(url, { method: 'POST', agent: false, headers }, resolve)
    asked.on('error', reject)
    asked.end(JSON.stringify({ model: 'grok-4.3', messages: [], ...body }))
  })
}

/** What of an answer arrives, and whether it ended as a whole one does. */
export async function receive(
  response: IncomingMessage,
): Promise<{ text: string; whole: boolean }> {
  const parts: Buffer[] = []
  response.on('data', (part: Buffer) => parts.push(part))
  const whole = await new Promise<boolean>((resolve) => {
    response.on('end', () => resolve(response.complete))
    response.on('error', () => resolve(false))
    response.on('close', () => resolve(response.complete))
  })
  return { text: Buffer.concat(parts).toString('latin1'), whole }
}
