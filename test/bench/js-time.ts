import { execFile } from 'node:child_process'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)
const FIGURES_BYTES = 16

export interface JsTime {
  /** CPU time inside of JavaScript since the start. */
  ms: number
  /** How often JavaScript was entered. */
  turns: number
}

export interface JsMeter {
  /** What workerd is to be started with. */
  environment: Record<string, string>
  read: () => Promise<JsTime>
}

/** Counts JavaScript's time in a workerd. Null where there is no C compiler, or no Linux on x86-64. */
export async function jsMeter(folder: string, name: string): Promise<JsMeter | null> {
  if (process.platform !== 'linux' || process.arch !== 'x64') return null
  const library = join(folder, 'js-time.so')
  const figures = join(folder, `${name}.figures`)
  const source = join(import.meta.dirname, 'js-time.c')
  const made = await run('cc', ['-shared', '-fPIC', '-O2', '-o', library, source]).then(
    () => true,
    () => false,
  )
  if (!made) return null
  await writeFile(figures, new Uint8Array(FIGURES_BYTES))
  return {
    environment: { LD_PRELOAD: library, JS_TIME_FILE: figures },
    read: async () => {
      const bytes = await readFile(figures)
      return { ms: Number(bytes.readBigUInt64LE(0)) / 1e6, turns: Number(bytes.readBigUInt64LE(8)) }
    },
  }
}
