import { spawn } from 'node:child_process'

export interface Run {
  code: number
  stdout: string
  stderr: string
}

const QUIET = {
  WRANGLER_SEND_METRICS: 'false',
  CLOUDFLARE_CF_FETCH_ENABLED: 'false',
  NO_COLOR: '1',
}

export const wranglerEnv = (): NodeJS.ProcessEnv => ({ ...process.env, ...QUIET })

/** Runs one wrangler command to its end. npm puts the pinned version on the PATH. */
export async function wrangler(args: readonly string[], show = false): Promise<Run> {
  return new Promise((resolve, reject) => {
    const child = spawn('wrangler', args, {
      env: wranglerEnv(),
      stdio: [show ? 'inherit' : 'ignore', 'pipe', 'pipe'],
    })
    const run: Run = { code: 1, stdout: '', stderr: '' }
    child.stdout?.on('data', (data: Buffer) => {
      run.stdout += data.toString()
      if (show) process.stdout.write(data)
    })
    child.stderr?.on('data', (data: Buffer) => {
      run.stderr += data.toString()
      if (show) process.stderr.write(data)
    })
    child.once('error', reject)
    child.once('close', (code) => resolve({ ...run, code: code ?? 1 }))
  })
}

/** The same, but throws wrangler's output if it fails. */
export async function mustWrangler(args: readonly string[], show = false): Promise<Run> {
  const run = await wrangler(args, show)
  if (run.code === 0) return run
  throw failed(args, run)
}

export const failed = (args: readonly string[], { stdout, stderr }: Run): Error =>
  new Error(`wrangler ${args.slice(0, 4).join(' ')} failed:\n${stdout}${stderr}`)
