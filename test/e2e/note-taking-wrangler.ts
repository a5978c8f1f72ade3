import { execFile } from 'node:child_process'
import { chmod, mkdtemp, readFile, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'

/** What wrangler answers to the commands that begin with `call`. */
export interface Answer {
  call: string
  says?: string
  exit?: number
  /** The person ends the command meanwhile, as Ctrl-C does. */
  isEnded?: boolean
  /** The addresses in wrangler's report of a deployment. */
  targets?: readonly string[]
}

export interface Ran {
  code: number
  /** What the person sees. */
  output: string
  /** What wrangler was asked to do, one call a line. */
  calls: string[]
}

const quoted = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`

/** A wrangler that only takes notes. The first answer whose `call` fits is given; others are empty, and succeed. */
async function fakeWrangler(folder: string, answers: readonly Answer[]): Promise<string> {
  const log = join(folder, 'calls')
  await writeFile(log, '')
  const cases = answers.map(({ call, says = '', exit = 0, targets, isEnded }) => {
    const event = JSON.stringify({ type: 'deploy', version: 1, targets })
    const report =
      targets === undefined ? '' : `echo ${quoted(event)} > "$WRANGLER_OUTPUT_FILE_PATH"; `
    const end = isEnded ? 'kill -INT $PPID; sleep 1; ' : ''
    return `${quoted(call)}*) ${end}${report}printf '%s\\n' ${quoted(says)}; exit ${exit};;`
  })
  const script = `#!/bin/sh\nset -f\necho $* >> ${quoted(log)}\ncase "$*" in\n${cases.join('\n')}\nesac\n`
  await writeFile(join(folder, 'wrangler'), script)
  await chmod(join(folder, 'wrangler'), 0o755)
  return log
}

/** Runs a command of src/cli with that wrangler. */
export async function runWith(
  answers: readonly Answer[],
  file: string,
  args: readonly string[] = [],
  env: Readonly<Record<string, string>> = {},
): Promise<Ran> {
  const folder = await mkdtemp(join(tmpdir(), 'metrion-wrangler-'))
  const log = await fakeWrangler(folder, answers)
  const { CI: _, WORKERS_CI: __, MASTER_KEYS: ___, ...own } = process.env
  const PATH = `${folder}${delimiter}${process.env['PATH']}`
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      [file, ...args],
      { env: { ...own, ...env, PATH } },
      (error, stdout, stderr) => {
        void readFile(log, 'utf8').then((text) => {
          const calls = text
            .trim()
            .split('\n')
            .filter(Boolean)
            .map((call) => call.replace(/file \S+secrets\.json/, 'file SECRETS'))
          const code = typeof error?.code === 'number' ? error.code : error ? 1 : 0
          resolve({ code, output: stdout + stderr, calls })
        })
      },
    )
  })
}
