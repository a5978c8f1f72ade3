import { spawn, type ChildProcess } from 'node:child_process'

/** A process on one core, which does not outlive this one, however this one ends. */
export function startOn(core: 0 | 1, command: string, args: readonly string[]): ChildProcess {
  const child = spawn('taskset', ['-c', String(core), command, ...args], {
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  process.once('exit', () => child.kill('SIGKILL'))
  return child
}
