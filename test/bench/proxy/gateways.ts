import type { ChildProcess } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { newMasterKey } from '../../../src/cli/local.ts'
import { freePort } from '../../free-port.ts'
import { bundle } from '../bundle.ts'
import { startOn } from './child.ts'

export interface Gateway {
  name: string
  pid: number
  /** Of a chat completion; more parameters may follow. */
  url: string
  headers: Record<string, string>
  stop: () => void
}

/** All a pass-through can be: another address, and nothing else. */
const BARE = (upstream: string): string => `
export default {
  fetch: (request) => {
    const { search } = new URL(request.url)
    return fetch(new Request('${upstream}/v1/chat/completions' + search, request))
  },
}`

const TOKEN = `sk-metrion-${'0'.repeat(32)}`
const BASE = { 'content-type': 'application/json' }

/** The bare Worker, Metrion and Portkey, each in front of the same upstream, on one core. */
export async function startGateways(folder: string, upstream: string): Promise<Gateway[]> {
  const bareFile = join(folder, 'bare.js')
  await writeFile(bareFile, BARE(upstream))
  const metrionFile = join(folder, 'metrion.js')
  await bundle(
    { name: 'metrion', source: `export { default } from './test/worker/entries/proxy-bench.ts'` },
    metrionFile,
  )
  const settings = { XAI_BASE_URL: upstream, MASTER_KEYS: newMasterKey() }
  const bare = await startWorkerd(folder, 'bare', {})
  const metrion = await startWorkerd(folder, 'metrion', settings)
  const portkey = await startPortkey()
  return [
    {
      name: 'bare Worker',
      ...bare,
      url: `${bare.url}/`,
      headers: { ...BASE, authorization: 'Bearer x' },
    },
    {
      name: 'Metrion',
      ...metrion,
      url: `${metrion.url}/api/proxy/grok/v1/chat/completions`,
      headers: { ...BASE, authorization: `Bearer ${TOKEN}`, 'x-metrion-user': 'bench' },
    },
    {
      name: 'Portkey 1.15.2 (Node)',
      ...portkey,
      url: `${portkey.url}/v1/chat/completions`,
      headers: {
        ...BASE,
        authorization: 'Bearer x',
        'x-portkey-provider': 'x-ai',
        'x-portkey-custom-host': `${upstream}/v1`,
      },
    },
  ]
}

type Started = Pick<Gateway, 'pid' | 'stop' | 'url'>

async function startWorkerd(
  folder: string,
  name: string,
  bindings: Record<string, string>,
): Promise<Started> {
  const port = await freePort()
  const config = join(folder, `${name}.capnp`)
  const texts = Object.entries(bindings).map(
    ([key, value]) => `(name = "${key}", text = "${value}")`,
  )
  await writeFile(
    config,
    `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [
    (name = "main", worker = (
      modules = [(name = "main", esModule = embed "${name}.js")],
      bindings = [${texts.join(', ')}],
      compatibilityDate = "2026-11-01", compatibilityFlags = ["enable_request_signal"])),
    (name = "internet", network = (allow = ["public", "private"]))],
  sockets = [(name = "http", address = "127.0.0.1:${port}", http = (), service = "main")]);`,
  )
  return started(startOn(0, 'workerd', ['serve', config]), port)
}

// It changes headers of streams that Node lets nobody change, and answers 500; so it is given others.
const MENDED_FETCH = `data:text/javascript,${encodeURIComponent(`
const ask = globalThis.fetch
globalThis.fetch = async (...asked) => {
  const { body, status, headers } = await ask(...asked)
  return new Response(body, { status, headers: new Headers(headers) })
}`)}`

async function startPortkey(): Promise<Started> {
  const port = await freePort()
  const file = 'node_modules/@portkey-ai/gateway/build/start-server.js'
  const args = ['--import', MENDED_FETCH, file, `--port=${port}`, '--headless']
  return started(startOn(0, 'node', args), port)
}

async function started(child: ChildProcess, port: number): Promise<Started> {
  const url = `http://127.0.0.1:${port}`
  for (;;) {
    if (child.exitCode !== null) throw new Error(`ended with ${child.exitCode} before it answered`)
    if (await fetch(url).catch(() => null)) break
    await sleep(50)
  }
  return { pid: child.pid ?? 0, url, stop: () => child.kill('SIGKILL') }
}
