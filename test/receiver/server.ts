// A server that channels lead to: it does what it was told under a name, and tells what came.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Received, Step } from './protocol.ts'

export interface Receiver {
  url: string
  close: () => Promise<void>
}

const MOST = 1_000
const STATUSES = { ok: 200, error: 500, gone: 410 } as const

async function textOf(request: IncomingMessage): Promise<string> {
  const parts: Buffer[] = []
  for await (const part of request as AsyncIterable<Buffer>) parts.push(part)
  return Buffer.concat(parts).toString('utf8')
}

/** PUT /hook/NAME with a list of Steps; POST /hook/NAME is received; GET /hook/NAME lists what came. */
export async function startReceiver(): Promise<Receiver> {
  const steps = new Map<string, Step[]>()
  const received = new Map<string, Received[]>()

  function act(response: ServerResponse, step: Step): void {
    if (step === 'hang') return
    if (step === 'reset') response.socket?.resetAndDestroy()
    else if (step === 'redirect')
      response.writeHead(302, { location: '/hook/elsewhere' }).end('moved')
    else response.writeHead(STATUSES[step]).end(step)
  }

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const name = /^\/hook\/([\w-]+)(?:\/slack)?$/.exec(request.url ?? '')?.[1]
    if (name === undefined) return void response.writeHead(404).end()
    const body = await textOf(request)
    const list = received.get(name) ?? []
    if (request.method === 'GET') return void response.end(JSON.stringify(list))
    if (request.method === 'PUT') {
      steps.set(name, JSON.parse(body) as Step[])
      return void response.end()
    }
    const planned = steps.get(name) ?? ['ok']
    const step = planned.length > 1 ? planned.shift()! : (planned[0] ?? 'ok')
    const headers = Object.fromEntries(
      Object.entries(request.headers).map(([key, value]) => [key, String(value)]),
    )
    received.set(name, [...list, { headers, body, step }].slice(-MOST))
    act(response, step)
  }

  const server = createServer((request, response) => {
    void handle(request, response).catch(() => response.destroy())
  })
  server.keepAliveTimeout = 0
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}
