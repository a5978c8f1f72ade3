import { spawn, type ChildProcess } from 'node:child_process'
import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { setTimeout as sleep } from 'node:timers/promises'
import type { StatePaths } from './paths.ts'
import type { Target } from './d1.ts'
import { mintInvitation } from './invitation.ts'
import { newMasterKey } from './deploy/master-key.ts'
import { lockState } from './local/lock.ts'
import { migrateLocal } from './local/migrate.ts'
import { assertFree, untilHealthy } from './local/ready.ts'
import { failed, wranglerEnv } from './wrangler.ts'

export interface LocalOptions extends StatePaths {
  port: number
  /** Null: api.x.ai. */
  xaiBaseUrl: string | null
  /** Settings of the deployment in addition to those of wrangler.toml. */
  vars?: Readonly<Record<string, string>>
  /** Replaces wrangler.toml. */
  config?: string
  /** Where migrations are noted. Absent: in wrangler's own table of each database. */
  migrationTables?: Readonly<Record<'DB' | 'LEDGER', string>>
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

const MIGRATION_TABLES = { DB: 'd1_migrations', LEDGER: 'd1_migrations' } as const
const KEEPER = fileURLToPath(new URL('local/keeper.ts', import.meta.url))
const GENTLY = ['SIGTERM', 'SIGKILL'] as const

/** Prepares the state folder and runs the Worker on it until it is stopped. */
export async function startLocal(options: LocalOptions): Promise<LocalWorker> {
  await assertFree(options.port)
  const lock = await lockState(options.stateDir, options.urlFile)
  try {
    await ensureSecrets(options.secretsFile)
    const { stateDir, config } = options
    const flags = config === undefined ? [] : ['--config', config]
    const target: Target = { kind: 'local', stateDir, flags }
    await migrateLocal(target, options.migrationTables ?? MIGRATION_TABLES)
    const code = await mintInvitation(target, { account: 'first' })
    return { ...(await run(options, lock.free)), code }
  } catch (error) {
    lock.free()
    throw error
  }
}

async function run(options: LocalOptions, onEnd: () => void): Promise<Omit<LocalWorker, 'code'>> {
  // The pipe to its input tells it that this process is gone.
  const child = spawn(process.execPath, [KEEPER, ...wranglerArgs(options)], {
    env: wranglerEnv(),
    stdio: ['pipe', 'pipe', 'pipe'],
    detached: true,
  })
  let log = ''
  const listen = options.onLog ?? ((text: string) => void process.stdout.write(text))
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (data: Buffer) => {
      log = (log + data.toString()).slice(-4000)
      listen(data.toString())
    })
  }
  const ended = new Promise<number>((resolve) =>
    child.once('close', (status) => {
      onEnd()
      resolve(status ?? 1)
    }),
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
    stop: () => end(child, ended, GENTLY),
    kill: () => end(child, ended, ['SIGKILL']),
    ended,
  }
}

function wranglerArgs({
  config,
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
    ...(config ? ['--config', config] : []),
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

async function ensureSecrets(file: string): Promise<void> {
  const known = await readFile(file, 'utf8').catch(() => '')
  if (/^MASTER_KEYS=["' ]*[^"'\s]/m.test(known)) return
  await mkdir(dirname(file), { recursive: true })
  // A copy of .dev.vars.example has the line without a value.
  const others = known
    .replaceAll(/^MASTER_KEYS=.*\n?/gm, '')
    .replace(/(?<!\n)$/, known === '' ? '' : '\n')
  const text = `${others}# Opens everything this deployment has sealed. Keep it; without it, saved keys are lost.\nMASTER_KEYS=${newMasterKey()}\n`
  await writeFile(file, text, { mode: 0o600 })
  // A copy of the example may be open to others.
  await chmod(file, 0o600)
}

async function failAfter(ended: Promise<number>, log: () => string): Promise<never> {
  const code = await ended
  throw failed(['dev'], { stdout: `wrangler ended with ${code}\n`, stderr: log() })
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
