import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { localPaths } from '../paths.ts'
import { isTerminal, mustWrangler } from '../wrangler.ts'

/**
 * Uploads the Worker, and returns its address; null: wrangler names none. On a terminal, wrangler may ask, say for a
 * workers.dev subdomain.
 */
export async function upload(args: readonly string[]): Promise<string | null> {
  const folder = await mkdtemp(join(tmpdir(), 'metrion-'))
  try {
    const WRANGLER_OUTPUT_FILE_PATH = join(folder, 'output')
    await mustWrangler(['deploy', ...args], isTerminal() ? 'terminal' : 'output', {
      WRANGLER_OUTPUT_FILE_PATH,
    })
    return urlIn(await readFile(WRANGLER_OUTPUT_FILE_PATH, 'utf8').catch(() => ''))
  } finally {
    await rm(folder, { recursive: true })
  }
}

/**
 * The address in wrangler's report, a line of JSON for each event
 * (https://developers.cloudflare.com/workers/wrangler/system-environment-variables/). A domain of one's own goes first.
 */
function urlIn(output: string): string | null {
  const events = output.split('\n').filter(Boolean)
  const targets = events.flatMap((line) => {
    const event = JSON.parse(line) as { type?: string; targets?: string[] }
    return event.type === 'deploy' ? (event.targets ?? []) : []
  })
  const hosts = targets.flatMap((target) => HOST.exec(target)?.[1] ?? [])
  const host = hosts.find((one) => !one.endsWith('.workers.dev')) ?? hosts[0]
  return host === undefined ? null : `${/^localhost\b/.test(host) ? 'http' : 'https'}://${host}`
}

/** `https://metrion.ada.workers.dev`, `metrion.example.org (custom domain)` or `example.org/*`; no cron, no queue. */
const HOST = /^(?:https?:\/\/)?((?:localhost|[a-z0-9-]+(?:\.[a-z0-9-]+)+)(?::\d+)?)(?:[/ ]|$)/

const file = (): string => localPaths(process.env['METRION_STATE']).remoteUrlFile

/** Keeps the address for commands with `--remote`. */
export async function rememberUrl(url: string): Promise<void> {
  await mkdir(dirname(file()), { recursive: true })
  await writeFile(file(), url)
}

export const rememberedUrl = (): Promise<string | null> =>
  readFile(file(), 'utf8').catch(() => null)
