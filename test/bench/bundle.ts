import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { bundle } from '../workerd/bundle.ts'
import { startWorkerd } from '../workerd/workerd.ts'
import { threadCpuMs } from './cpu.ts'

const ROUNDS = 9

/** The proxy by itself: what every request loads, and nothing of the pages. */
const PROXY_ALONE = `
import { proxy } from './src/proxy/route.ts'
import { consumeQueue } from './src/ledger/queue.ts'
export default { fetch: (request, env, ctx) => proxy(request, new URL(request.url), env, ctx), queue: (batch, env) => consumeQueue(batch, env) }
`

interface Variant {
  name: string
  source: string
}

const VARIANTS: readonly Variant[] = [
  { name: 'nothing', source: 'export default { fetch: () => new Response() }' },
  { name: 'proxy alone', source: PROXY_ALONE },
  { name: 'whole Worker', source: `export { default } from './src/index.ts'` },
]

export interface BundleFigures {
  name: string
  modules: number
  kib: number
  gzipKib: number
  /** CPU from the start of workerd to its first answer on the proxy's path, of all rounds. */
  startCpuMs: number[]
}

/** What pages add to the size and to the cold start of the proxy: rounds of the two in turn. */
export async function benchBundle(): Promise<BundleFigures[]> {
  const folder = await mkdtemp(join(tmpdir(), 'metrion-bundle-'))
  try {
    const figures: BundleFigures[] = []
    for (const [index, variant] of VARIANTS.entries()) {
      figures.push({ ...(await measure(variant, join(folder, `${index}.js`))), startCpuMs: [] })
    }
    for (let round = 0; round < ROUNDS; round++) {
      for (const [index, one] of figures.entries())
        one.startCpuMs.push(await coldStart(folder, String(index)))
    }
    return figures
  } finally {
    await rm(folder, { recursive: true })
  }
}

async function measure(
  { name, source }: Variant,
  file: string,
): Promise<Omit<BundleFigures, 'startCpuMs'>> {
  const { inputs } = await bundle(source, file)
  const bytes = await readFile(file)
  return {
    name,
    modules: Object.keys(inputs).length,
    kib: bytes.length / 1024,
    gzipKib: gzipSync(bytes).length / 1024,
  }
}

/** A refusal for want of a token needs no binding, and everything else that is loaded. */
async function coldStart(folder: string, name: string): Promise<number> {
  const probe = '/api/proxy/grok/v1/models'
  const { pid, stop } = await startWorkerd({ folder, name, probe, isCompiled: true })
  const startCpuMs = threadCpuMs(pid)
  stop()
  return startCpuMs
}
