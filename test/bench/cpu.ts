import { readdirSync, readFileSync } from 'node:fs'

const TICK_MS = 10

const statOf = (pid: number): string[] => {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ')
}

/** CPU of a process so far, user and system, in ms. */
export const cpuMs = (pid: number): number => {
  const fields = statOf(pid)
  return (Number(fields[11]) + Number(fields[12])) * TICK_MS
}

/** CPU of the threads that a process has, in ms: by the nanosecond, where `cpuMs` counts ticks of ten ms. */
export const threadCpuMs = (pid: number): number =>
  readdirSync(`/proc/${pid}/task`).reduce((sum, thread) => {
    const [ns] = readFileSync(`/proc/${pid}/task/${thread}/schedstat`, 'utf8').split(' ')
    return sum + Number(ns) / 1e6
  }, 0)

/** A process and all below it. */
export function treeOf(pid: number): number[] {
  const parents = new Map<number, number>()
  for (const name of readdirSync('/proc').filter((entry) => /^\d+$/.test(entry))) {
    try {
      parents.set(Number(name), Number(statOf(Number(name))[1]))
    } catch {
      // It has ended meanwhile.
    }
  }
  const tree = [pid]
  for (const one of tree) {
    for (const [child, parent] of parents) if (parent === one) tree.push(child)
  }
  return tree
}

export const treeCpuMs = (pid: number): number =>
  treeOf(pid).reduce((sum, one) => sum + cpuMs(one), 0)

/** Resident memory of a process and all below it, in MB. */
export const treeMb = (pid: number): number =>
  treeOf(pid).reduce((sum, one) => {
    const rss = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${one}/status`, 'utf8'))?.[1]
    return sum + Number(rss ?? 0) / 1000
  }, 0)
