import { execFile, type ChildProcess } from 'node:child_process'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { newMasterKey } from '../../src/cli/deploy/master-key.ts'
import { freePort } from '../free-port.ts'
import { bundle } from './bundle.ts'
import { startOn, type Core } from './child.ts'

const run = promisify(execFile)

export interface Started {
  pid: number
  url: string
  stop: () => void
}

export interface WorkerdOptions {
  /** Where NAME.js is, and its configuration will be. */
  folder: string
  name: string
  bindings?: Readonly<Record<string, string>>
  core?: Core
  /** It has started when this answers. */
  probe?: string
  /** Reading the configuration is left out of what a start costs. */
  isCompiled?: boolean
  /** Variables of the process. */
  environment?: Readonly<Record<string, string>>
}

/** workerd itself, without the tools around it. */
export async function startWorkerd(options: WorkerdOptions): Promise<Started> {
  const { folder, name, bindings = {}, core = null, probe = '/', isCompiled = false } = options
  const begin = (args: string[]): Promise<Started> =>
    started(startOn(core, 'workerd', args, options.environment), port, probe)
  const port = await freePort()
  const config = join(folder, `${name}.capnp`)
  const toml = await readFile('wrangler.toml', 'utf8')
  const settings = (name: string): string =>
    new RegExp(`^compatibility_${name} = (".+?"|\\[[^]+?])`, 'm').exec(toml)?.[1] ?? ''
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
      compatibilityDate = ${settings('date')}, compatibilityFlags = ${settings('flags')})),
    (name = "internet", network = (allow = ["public", "private"]))],
  sockets = [(name = "http", address = "127.0.0.1:${port}", http = (), service = "main")]);`,
  )
  if (!isCompiled) return begin(['serve', config])
  const { stdout } = await run('workerd', ['compile', '--config-only', config], {
    encoding: 'buffer',
    maxBuffer: 50_000_000,
  })
  await writeFile(`${config}.bin`, stdout)
  return begin(['serve', '-b', `${config}.bin`])
}

export const TOKEN = `sk-metrion-${'0'.repeat(32)}`

export interface MetrionOptions extends Pick<WorkerdOptions, 'core' | 'bindings' | 'environment'> {
  /** The folder of the checkout that is built; default: this one. */
  checkout?: string
}

/** Metrion on workerd; KV and D1 are answered at once, and `/calls` tells what was asked of them. */
export async function startMetrion(
  folder: string,
  xaiBaseUrl: string,
  options: MetrionOptions = {},
): Promise<Started> {
  const { checkout = process.cwd(), ...more } = options
  const name = checkout === process.cwd() ? 'metrion' : 'metrion-beside'
  const source = `export { default } from './test/worker/entries/stubbed.ts'`
  await bundle(source, join(folder, `${name}.js`), checkout)
  const bindings = { XAI_BASE_URL: xaiBaseUrl, MASTER_KEYS: newMasterKey(), ...options.bindings }
  return startWorkerd({ ...more, folder, name, bindings, probe: '/calls' })
}

const LOOK_MS = 5

/** Once it answers at all. */
export async function started(child: ChildProcess, port: number, probe = '/'): Promise<Started> {
  const url = `http://127.0.0.1:${port}`
  while (!(await fetch(url + probe).catch(() => null))) {
    if (child.exitCode !== null) throw new Error(`ended with ${child.exitCode} before it answered`)
    await sleep(LOOK_MS)
  }
  return { pid: child.pid ?? 0, url, stop: () => child.kill('SIGKILL') }
}
