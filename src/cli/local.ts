import { spawn, type ChildProcess } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { mintInvitation } from './invitation.ts'
import { mustWrangler, wranglerEnv } from './wrangler.ts'

export interface LocalOptions {
  port: number
  /** The folder of D1, KV and Queues. */
  stateDir: string
  /** Contains MASTER_KEYS. Created, with a new key, if it is missing. */
  secretsFile: string
  /** Contains the Worker's last URL, for links that are created later. */
  urlFile: string
  /** Null: api.x.ai. */
  xaiBaseUrl: string | null
  /** Settings of the deployment in addition to those of wrangler.toml. */
  vars?: Readonly<Record<string, string>>
  /** Replaces the entry of wrangler.toml. */
  entry?: string
  /** Receives the Worker's log. Absent: the log is printed. */
  onLog?: (text: string) => void
}

export interface LocalWorker {
  url: string
  /** The process group that the Worker runs in. */
  pid: number
  /** The owner's one-time code. Null: there is an account already. */
  code: string | null
  stop: () => Promise<void>
  /** Ends it at once, even in the middle of its work. */
  kill: () => Promise<void>
  /** Resolves with the exit code when the Worker has ended. */
  ended: Promise<number>
}

const START_LIMIT_MS = 90_000
const GENTLY = ['SIGTERM', 'SIGKILL'] as const

/** The paths of a state folder. Secrets are beside the default folder, and inside any other. */
export function localPaths(
  state: string | undefined,
): Pick<LocalOptions, 'stateDir' | 'secretsFile' | 'urlFile'> {
  const stateDir = state ?? '.wrangler/state'
  const secretsFile = state === undefined ? '.dev.vars' : join(state, '.dev.vars')
  return { stateDir, secretsFile, urlFile: join(stateDir, 'metrion-url') }
}

/** Prepares the state folder and runs the Worker on it until it is stopped. */
export async function startLocal(options: LocalOptions): Promise<LocalWorker> {
  await assertFree(options.port)
  await ensureSecrets(options.secretsFile)
  await migrateLocal(options.stateDir)
  const code = await mintInvitation(
    { kind: 'local', stateDir: options.stateDir },
    { account: 'first' },
  )

  const child = spawn('wrangler', wranglerArgs(options), {
    env: wranglerEnv(),
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  })
  let log = ''
  const listen = options.onLog ?? ((text: string) => void process.stdout.write(text))
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on('data', (data: Buffer) => {
      log = (log + data.toString()).slice(-4000)
      listen(data.toString())
    })
  }
  const ended = new Promise<number>((resolve) =>
    child.once('close', (status) => resolve(status ?? 1)),
  )
  const url = `http://localhost:${options.port}`
  try {
    await writeFile(options.urlFile, url)
    await Promise.race([untilHealthy(url), failAfter(ended, () => log)])
  } catch (error) {
    await end(child, ended, GENTLY)
    throw error
  }
  return {
    url,
    pid: child.pid ?? 0,
    code,
    stop: () => end(child, ended, GENTLY),
    kill: () => end(child, ended, ['SIGKILL']),
    ended,
  }
}

function wranglerArgs({
  entry,
  port,
  stateDir,
  secretsFile,
  vars,
  xaiBaseUrl,
}: LocalOptions): string[] {
  const settings = { ...vars, ...(xaiBaseUrl ? { XAI_BASE_URL: xaiBaseUrl } : {}) }
  return [
    'dev',
    ...(entry ? [entry] : []),
    `--port=${port}`,
    '--ip=127.0.0.1',
    '--inspector-port=0',
    `--persist-to=${stateDir}`,
    `--env-file=${secretsFile}`,
    '--show-interactive-dev-session=false',
    '--log-level=warn',
    ...Object.entries(settings).flatMap(([name, value]) => ['--var', `${name}:${value}`]),
  ]
}

/** Runs the jobs of a cron expression now: `wrangler dev` runs none by itself. */
export async function runCron(url: string, cron: string): Promise<void> {
  const query = new URLSearchParams({ cron })
  const response = await fetch(`${url}/cdn-cgi/handler/scheduled?${query.toString()}`)
  if (!response.ok) throw new Error(`Cannot run the jobs of ${cron}: ${await response.text()}`)
}

async function assertFree(port: number): Promise<void> {
  const server = createServer()
  await new Promise<void>((resolve, reject) => {
    server.once('error', () =>
      reject(new Error(`Cannot listen on port ${port}: it is in use; set PORT to another`)),
    )
    server.listen(port, '127.0.0.1', () => server.close(() => resolve()))
  })
}

async function ensureSecrets(file: string): Promise<void> {
  const known = await readFile(file, 'utf8').catch(() => '')
  if (/^MASTER_KEYS=/m.test(known)) return
  await mkdir(dirname(file), { recursive: true })
  const text = `${known}# Opens everything this deployment has sealed. Keep it; without it, saved keys are lost.\nMASTER_KEYS=${newMasterKey()}\n`
  await writeFile(file, text, { mode: 0o600 })
}

/** A new MASTER_KEYS with one version. */
export const newMasterKey = (): string => `1:${randomBytes(32).toString('base64')}`

async function migrateLocal(stateDir: string): Promise<void> {
  // One after the other: two wranglers on a new folder lock each other out.
  for (const binding of ['DB', 'LEDGER']) {
    await mustWrangler(['d1', 'migrations', 'apply', binding, '--local', '--persist-to', stateDir])
  }
}

async function untilHealthy(url: string): Promise<void> {
  const deadline = Date.now() + START_LIMIT_MS
  for (;;) {
    const response = await fetch(`${url}/healthz`).catch(() => null)
    if (response?.ok) return
    if (Date.now() > deadline) {
      throw new Error(
        `Cannot start the Worker: ${(await response?.text()) ?? `no answer on ${url}`}`,
      )
    }
    await sleep(150)
  }
}

async function failAfter(ended: Promise<number>, log: () => string): Promise<never> {
  const code = await ended
  throw new Error(`Cannot start the Worker: wrangler ended with ${code}\n${log()}`)
}

/** Ends wrangler and its workerd, which share a process group. */
async function end(
  child: ChildProcess,
  ended: Promise<number>,
  signals: readonly NodeJS.Signals[],
): Promise<void> {
  for (const signal of signals) {
    try {
      if (child.pid) process.kill(-child.pid, signal)
    } catch {
      return
    }
    await Promise.race([ended, sleep(3_000)])
  }
}
