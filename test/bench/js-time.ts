import { execFile } from 'node:child_process'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)
/** An isolate, its time and its turns, each of eight bytes, as js-time.c has them. */
const ISOLATE_BYTES = 24
const MOST_ISOLATES = 64

export interface JsTime {
  /** CPU time inside of JavaScript since the start. */
  ms: number
  /** How often JavaScript was entered. */
  turns: number
}

export interface JsMeter {
  /** What workerd is to be started with. */
  environment: Record<string, string>
  /** Of all isolates together. */
  read: () => Promise<JsTime>
  /** Of each; tools around a Worker have isolates of their own. */
  byIsolate: () => Promise<Map<bigint, JsTime>>
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
  await writeFile(figures, new Uint8Array(ISOLATE_BYTES * MOST_ISOLATES))
  const byIsolate = async (): Promise<Map<bigint, JsTime>> => {
    const bytes = await readFile(figures)
    const times = new Map<bigint, JsTime>()
    for (let at = 0; at < bytes.length; at += ISOLATE_BYTES) {
      const [isolate = 0n, ns, turns] = [0, 8, 16].map((from) => bytes.readBigUInt64LE(at + from))
      if (isolate !== 0n) times.set(isolate, { ms: Number(ns) / 1e6, turns: Number(turns) })
    }
    return times
  }
  return {
    environment: { LD_PRELOAD: library, JS_TIME_FILE: figures },
    byIsolate,
    read: async () => {
      const all = [...(await byIsolate()).values()]
      const sum = (of: (one: JsTime) => number): number =>
        all.reduce((total, one) => total + of(one), 0)
      return { ms: sum(({ ms }) => ms), turns: sum(({ turns }) => turns) }
    },
  }
}
