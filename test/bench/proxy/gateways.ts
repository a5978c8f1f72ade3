import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { freePort } from '../../free-port.ts'
import { bundle } from '../../workerd/bundle.ts'
import { startOn } from '../../workerd/child.ts'
import { started, startMetrion, startWorkerd, TOKEN, type Started } from '../../workerd/workerd.ts'

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

/** The load and the upstream have the other core. */
const GATEWAYS = 0
const BASE = { 'content-type': 'application/json' }

/** The bare Worker, one that does the least, Metrion and Portkey, each in front of the same upstream, on one core. */
export async function startGateways(folder: string, upstream: string): Promise<Gateway[]> {
  await writeFile(join(folder, 'bare.js'), BARE(upstream))
  const bare = await startWorkerd({ folder, name: 'bare', core: GATEWAYS })
  const floor = await startFloor(folder, upstream)
  const metrion = await startMetrion(folder, upstream, GATEWAYS)
  const portkey = await startPortkey()
  return [
    {
      name: 'bare Worker',
      ...bare,
      url: `${bare.url}/`,
      headers: { ...BASE, authorization: 'Bearer x' },
    },
    {
      name: 'least that meters',
      ...floor,
      url: `${floor.url}/`,
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

async function startFloor(folder: string, upstream: string): Promise<Started> {
  const source = `export { default } from './test/worker/entries/floor.ts'`
  await bundle(source, join(folder, 'floor.js'))
  const bindings = { XAI_BASE_URL: upstream }
  return startWorkerd({ folder, name: 'floor', bindings, core: GATEWAYS })
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
  return started(startOn(GATEWAYS, 'node', args), port)
}
