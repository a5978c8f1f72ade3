import { existsSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { freePort } from '../../free-port.ts'
import { jsMeter, type JsMeter } from '../js-time.ts'
import { bundle } from '../../workerd/bundle.ts'
import { startOn } from '../../workerd/child.ts'
import { started, startMetrion, startWorkerd, TOKEN, type Started } from '../../workerd/workerd.ts'

export interface Gateway {
  name: string
  pid: number
  /** Of a chat completion; more parameters may follow. */
  url: string
  headers: Record<string, string>
  /** Where it tells what it has asked of others; absent: it does not. */
  calls?: string
  /** Null: it is no workerd, or the machine cannot tell. */
  js: JsMeter | null
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

/** Metrion as either plan has it, and with a token to which a budget applies. */
const PLANS: { title: string; bindings: Record<string, string> }[] = [
  { title: 'Free', bindings: { PLAN: 'free' } },
  { title: 'Paid', bindings: { PLAN: 'paid' } },
  { title: 'Paid, capped token', bindings: { PLAN: 'paid', CAPPED: '1' } },
]

/** The load and the upstream have the other core. */
const GATEWAYS = 0
const BASE = { 'content-type': 'application/json' }

/**
 * The bare Worker, which comes first, two that do the least, Metrion as either plan has it, and Portkey: each
 * in front of the same upstream, on one core. `beside`: another checkout of Metrion to compare with.
 */
export async function startGateways(
  folder: string,
  upstream: string,
  beside: string | null = null,
): Promise<Gateway[]> {
  const plain = { ...BASE, authorization: 'Bearer x' }
  const xai = { XAI_BASE_URL: upstream }
  await writeFile(join(folder, 'bare.js'), BARE(upstream))
  const bare = await metered('bare Worker', folder, (more) =>
    startWorkerd({ folder, name: 'bare', core: GATEWAYS, ...more }),
  )
  const floors = await oneByOne(['copies', 'gathers'], async (way) => {
    const name = `floor-${way}`
    await bundle(
      `export { default } from './test/worker/entries/floor.ts'`,
      join(folder, `${name}.js`),
    )
    const bindings = way === 'gathers' ? { ...xai, GATHERS: '1' } : xai
    return metered(`least that ${way}`, folder, (more) =>
      startWorkerd({ folder, name, bindings, core: GATEWAYS, ...more }),
    )
  })
  const checkouts = [{ name: 'Metrion', checkout: process.cwd() }]
  if (beside !== null) checkouts.push({ name: 'the other', checkout: beside })
  const variants = checkouts.flatMap((one) => PLANS.map((plan) => ({ ...one, ...plan })))
  const metrions = await oneByOne(variants, ({ name, checkout, title, bindings }) =>
    metered(`${name}, ${title}`, folder, (more) => {
      return startMetrion(folder, upstream, { bindings, checkout, core: GATEWAYS, ...more })
    }),
  )
  const portkey = hasPortkey() ? await startPortkey() : null
  return [
    { ...bare, url: `${bare.url}/`, headers: plain },
    ...floors.map((one) => ({ ...one, url: `${one.url}/`, headers: plain })),
    ...metrions.map((one) => ({
      ...one,
      url: `${one.url}/api/proxy/grok/v1/chat/completions`,
      calls: `${one.url}/calls`,
      headers: { ...BASE, authorization: `Bearer ${TOKEN}`, 'x-metrion-user': 'bench' },
    })),
    ...(portkey === null
      ? []
      : [
          {
            name: 'Portkey 1.15.2 (Node)',
            ...portkey,
            js: null,
            url: `${portkey.url}/v1/chat/completions`,
            headers: {
              ...plain,
              'x-portkey-provider': 'x-ai',
              'x-portkey-custom-host': `${upstream}/v1`,
            },
          },
        ]),
  ]
}

async function oneByOne<T, R>(list: readonly T[], start: (one: T) => Promise<R>): Promise<R[]> {
  const started: R[] = []
  for (const one of list) started.push(await start(one))
  return started
}

type MeteredWorker = Pick<Gateway, 'name' | 'js'> & Started

/** With JavaScript's own time counted, where that can be had. */
async function metered(
  name: string,
  folder: string,
  start: (more: { environment?: Record<string, string> }) => Promise<Started>,
): Promise<MeteredWorker> {
  const js = await jsMeter(folder, name.replaceAll(/\W+/g, '-'))
  return { name, js, ...(await start(js ? { environment: js.environment } : {})) }
}

// It changes headers of streams that Node lets nobody change, and answers 500; so it is given others.
const MENDED_FETCH = `data:text/javascript,${encodeURIComponent(`
const ask = globalThis.fetch
globalThis.fetch = async (...asked) => {
  const { body, status, headers } = await ask(...asked)
  return new Response(body, { status, headers: new Headers(headers) })
}`)}`

const PORTKEY = 'test/bench/portkey'

/** Whether it is installed: it is not a part of the default installation. */
const hasPortkey = (): boolean => existsSync(`${PORTKEY}/node_modules`)

async function startPortkey(): Promise<Started> {
  const port = await freePort()
  const file = `${PORTKEY}/node_modules/@portkey-ai/gateway/build/start-server.js`
  const args = ['--import', MENDED_FETCH, file, `--port=${port}`, '--headless']
  return started(startOn(GATEWAYS, 'node', args), port)
}
