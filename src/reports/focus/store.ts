import { readCube, type CubeCell, type CubeQuery } from '../usage/cube-store.ts'
import type { StaleSums } from '../usage/plan.ts'
import { readStale } from '../usage/store.ts'
import { FOCUS_HEAD, toFocusLine, type FocusAccount } from './line.ts'

/** Lines that are in memory at once: some MB. */
const PAGE = 10_000
/** Periods of a part; more of a long range, so that Free's fifty queries suffice. */
const PERIODS = 31
const MOST_PARTS = 15

interface Part extends CubeQuery {
  /** The last cell that was read. Null: none. */
  after: CubeCell | null
}

function partsOf(query: CubeQuery): Part[] {
  const { starts, beforeMs } = query
  const size = Math.max(PERIODS, Math.ceil(starts.length / MOST_PARTS))
  const parts: Part[] = []
  for (let at = 0; at < starts.length; at += size)
    parts.push({
      ...query,
      starts: starts.slice(at, at + size),
      beforeMs: starts[at + size] ?? beforeMs,
      after: null,
    })
  return parts
}

/** The charges of an account as a FOCUS file, part by part as the reader takes them. */
export function focusStream(
  ledger: D1Database,
  account: FocusAccount,
  query: CubeQuery,
): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder()
  const parts = partsOf(query)
  let stale: StaleSums | null = null
  const nextLines = async (): Promise<string[]> => {
    const part = parts[0]
    if (!part) return []
    stale ??= await readStale(ledger, account.id)
    const cells = await readCube(ledger, account.id, part, { stale, after: part.after, most: PAGE })
    if (cells.length < PAGE) parts.shift()
    else part.after = cells.at(-1) ?? null
    return cells.map((cell) => {
      const fromMs = part.starts[cell.bin]!
      const beforeMs = part.starts[cell.bin + 1] ?? part.beforeMs
      return toFocusLine({ ...cell, fromMs, beforeMs }, account)
    })
  }
  return new ReadableStream<Uint8Array>(
    {
      start: (controller) => controller.enqueue(encoder.encode(FOCUS_HEAD)),
      // An export that fails must not look complete: an error here breaks the connection.
      pull: async (controller) => {
        let lines: string[] = []
        while (lines.length === 0 && parts.length > 0) lines = await nextLines()
        if (lines.length > 0) controller.enqueue(encoder.encode(lines.join('')))
        if (parts.length === 0) controller.close()
      },
    },
    { highWaterMark: 0 },
  )
}
