import { spawn, type StdioOptions } from 'node:child_process'
import { resolve as pathOf } from 'node:path'
import { helpFor, troubleIn } from './troubles.ts'

export interface Run {
  code: number
  stdout: string
  stderr: string
}

const QUIET = {
  WRANGLER_SEND_METRICS: 'false',
  CLOUDFLARE_CF_FETCH_ENABLED: 'false',
  NO_COLOR: '1',
  // Spares each start of wrangler a quarter of its time (https://nodejs.org/api/module.html#module-compile-cache).
  NODE_COMPILE_CACHE: pathOf('node_modules/.cache/node'),
}

export const wranglerEnv = (): NodeJS.ProcessEnv => ({ ...process.env, ...QUIET })

/** Whether a person sits before it, who can be asked. */
export const isTerminal = (): boolean =>
  process.stdin.isTTY && process.stdout.isTTY && process.env['CI'] === undefined

/**
 * What the person sees: nothing; wrangler's output; or wrangler itself, which may then ask its own questions. Of what it
 * asks only its errors are returned: wrangler asks nobody if its output is not the terminal.
 */
export type Shown = 'nothing' | 'output' | 'terminal'

const STDIO: Record<Shown, StdioOptions> = {
  nothing: ['ignore', 'pipe', 'pipe'],
  output: ['ignore', 'pipe', 'pipe'],
  terminal: ['inherit', 'inherit', 'pipe'],
}

/** Runs one wrangler command to its end. npm puts the pinned version on the PATH. */
export async function wrangler(
  args: readonly string[],
  shown: Shown = 'nothing',
  env: Readonly<Record<string, string>> = {},
): Promise<Run> {
  return new Promise((resolve, reject) => {
    const child = spawn('wrangler', args, {
      env: { ...wranglerEnv(), ...env },
      stdio: STDIO[shown],
    })
    const run: Run = { code: 1, stdout: '', stderr: '' }
    for (const name of ['stdout', 'stderr'] as const)
      child[name]?.on('data', (data: Buffer) => {
        run[name] += data.toString()
        if (shown !== 'nothing') process[name].write(data)
      })
    child.once('error', (error) =>
      reject(new Error(`Cannot run wrangler (${error.message}): run npm ci first`)),
    )
    child.once('close', (code) => resolve({ ...run, code: code ?? 1 }))
  })
}

/** The same, but throws if it fails: with what to do, where that is known, and with wrangler's output. */
export async function mustWrangler(
  args: readonly string[],
  shown: Shown = 'nothing',
  env: Readonly<Record<string, string>> = {},
): Promise<Run> {
  const run = await wrangler(args, shown, env)
  if (run.code === 0) return run
  throw failed(args, run, shown !== 'nothing')
}

/** The error of a command that has failed. What was shown already is not repeated. */
export function failed(
  args: readonly string[],
  { stdout, stderr }: Pick<Run, 'stdout' | 'stderr'>,
  isShown = false,
): Error {
  const said = stdout + stderr
  const trouble = troubleIn(said)
  const words = `wrangler ${args.slice(0, 4).join(' ')} failed`
  if (trouble === null) return new Error(isShown ? words : `${words}:\n${said}`)
  const help = helpFor(trouble, said)
  return new Error(isShown ? help : `${help}\n\n${words}:\n${said}`)
}
