import { spawn } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { gzipSync } from 'node:zlib'
import { build } from 'esbuild'
import { freePort } from '../free-port.ts'
import { cpuMs } from './cpu.ts'

const ROUNDS = 9

/** The proxy by itself: what every request loads, and nothing of the pages. */
const PROXY_ALONE = `
import { proxy } from './src/proxy/route.ts'
import { consumeQueue } from './src/ledger/queue.ts'
export default { fetch: (request, env, ctx) => proxy(request, env, ctx), queue: (batch, env) => consumeQueue(batch, env) }
`

interface Variant {
  name: string
  source: string
}

const VARIANTS: readonly Variant[] = [
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
    const figures: (BundleFigures & { file: string })[] = []
    for (const [index, variant] of VARIANTS.entries()) {
      const file = join(folder, `${index}.js`)
      figures.push({ ...(await bundle(variant, file)), file, startCpuMs: [] })
    }
    for (let round = 0; round < ROUNDS; round++) {
      for (const one of figures) one.startCpuMs.push(await coldStart(folder, one.file))
    }
    return figures
  } finally {
    await rm(folder, { recursive: true })
  }
}

/** One file of all that a source loads. */
export async function bundle(
  { name, source }: Variant,
  file: string,
): Promise<Omit<BundleFigures, 'startCpuMs'>> {
  const { metafile } = await build({
    stdin: { contents: source, resolveDir: process.cwd(), loader: 'ts' },
    bundle: true,
    outfile: file,
    format: 'esm',
    minify: true,
    metafile: true,
    jsx: 'automatic',
    jsxImportSource: 'hono/jsx',
    external: ['cloudflare:*', 'node:*'],
    logLevel: 'error',
  })
  const bytes = await readFile(file)
  return {
    name,
    modules: Object.keys(metafile.inputs).length,
    kib: bytes.length / 1024,
    gzipKib: gzipSync(bytes).length / 1024,
  }
}

/** A refusal for want of a token needs no binding, and everything else that is loaded. */
async function coldStart(folder: string, file: string): Promise<number> {
  const port = await freePort()
  const config = join(folder, 'config.capnp')
  await writeFile(
    config,
    `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [(name = "main", worker = (
    modules = [(name = "main", esModule = embed "${basename(file)}")],
    compatibilityDate = "2026-11-01", compatibilityFlags = ["enable_request_signal"]))],
  sockets = [(name = "http", address = "127.0.0.1:${port}", http = (), service = "main")]);`,
  )
  const child = spawn('workerd', ['serve', config], { stdio: 'ignore' })
  try {
    for (;;) {
      const url = `http://127.0.0.1:${port}/api/proxy/grok/v1/models`
      const response = await fetch(url).catch(() => null)
      if (response?.status === 401) return cpuMs(child.pid ?? 0)
      if (child.exitCode !== null) throw new Error('workerd ended before it answered')
      await sleep(5)
    }
  } finally {
    child.kill('SIGKILL')
  }
}
