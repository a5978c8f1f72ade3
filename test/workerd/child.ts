import { spawn, type ChildProcess } from 'node:child_process'

/** A core of this machine; null: any. */
export type Core = 0 | 1 | null

/** A process that does not outlive this one, however this one ends. */
export function startOn(
  core: Core,
  command: string,
  args: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): ChildProcess {
  const [name, ...rest] = core === null ? [command, ...args] : pinned(core, command, args)
  const child = spawn(name, rest, { stdio: 'ignore', env: { ...process.env, ...environment } })
  const kill = (): void => void child.kill('SIGKILL')
  process.once('exit', kill)
  child.once('exit', () => process.off('exit', kill))
  return child
}

const pinned = (core: number, command: string, args: readonly string[]): [string, ...string[]] => [
  'taskset',
  '-c',
  String(core),
  command,
  ...args,
]
