// Compares xAI's bill of a key with what the ledger saw, by hour and model. Nothing is booked: both are shown.
import { HOUR_MS } from '../http/time.ts'
import { plainModel } from '../pricing/prices.ts'
import type { HourCost } from './xai/usage.ts'

/** xAI sends doubles of USD: less than a millionth of a dollar is no difference. In ticks. */
export const TOLERANCE_TICKS = 10_000
/** What many such differences may add up to, as a share of the bill: less than "100.0%" rounds. */
const TOLERANCE_SHARE = 0.0005

/** An hour and model, in ticks. */
export interface Compared {
  hourMs: number
  model: string
  /** The names that xAI and the ledger have for the model. */
  names: string[]
  billed: number
  ledger: number
  /** What xAI billed and the ledger has not; negative: what the ledger has and xAI did not bill. */
  gap: number
  /** Of the gap that was: what xAI billed in another hour than the ledger has it. */
  moved: number
}

/** A bill that came with a later request than the one that began the work: a video, a batch. */
export interface LateBill {
  /** When the work began, and when its bill came: full hours. */
  beganMs: number
  hourMs: number
  model: string
  ticks: number
}

const keyOf = (model: string, hourMs: number): string => `${plainModel(model)} ${hourMs}`

/** Costs by hour and model; a version of a model counts as the model. */
function cellsOf(billed: readonly HourCost[], ledger: readonly HourCost[]): Compared[] {
  const cells = new Map<string, Compared>()
  const add = (costs: readonly HourCost[], field: 'billed' | 'ledger'): void => {
    for (const { hourMs, model: name, ticks } of costs) {
      const model = plainModel(name)
      const cell = cells.get(keyOf(name, hourMs)) ?? {
        hourMs,
        model,
        names: [],
        billed: 0,
        ledger: 0,
        gap: 0,
        moved: 0,
      }
      cell[field] += ticks
      if (!cell.names.includes(name)) cell.names.push(name)
      cells.set(keyOf(name, hourMs), cell)
    }
  }
  add(billed, 'billed')
  add(ledger, 'ledger')
  return [...cells.values()]
    .filter((cell) => cell.billed !== 0 || cell.ledger !== 0)
    .map((cell) => ({ ...cell, gap: cell.billed - cell.ledger }))
    .toSorted(
      (one, other) =>
        one.hourMs - other.hourMs ||
        (one.model < other.model ? -1 : Number(one.model > other.model)),
    )
}

/** Moves what is too much in one hour to where it is missing; at most `most`. */
function move(from: Compared, to: Compared, most: number): number {
  const ticks = Math.min(-from.gap, to.gap, most)
  if (ticks <= 0) return 0
  from.gap += ticks
  to.gap -= ticks
  from.moved += ticks
  return ticks
}

/**
 * Every hour and model that either has, with the gap between them. A request counts in the ledger when it arrives, and
 * at xAI when it is answered: what is too much in an hour and missing in the next evens out, never the other way. A
 * late bill evens out what is missing in any hour since its work began.
 */
export function compare(
  billed: readonly HourCost[],
  ledger: readonly HourCost[],
  late: readonly LateBill[] = [],
): Compared[] {
  const cells = cellsOf(billed, ledger)
  const byKey = new Map(cells.map((cell) => [keyOf(cell.model, cell.hourMs), cell]))
  const at = (model: string, hourMs: number): Compared | undefined =>
    byKey.get(keyOf(model, hourMs))
  for (const { model, hourMs, beganMs, ticks } of late) {
    const from = at(model, hourMs)
    let left = ticks
    if (!from) continue
    for (let ms = beganMs; left > 0 && ms < hourMs; ms += HOUR_MS) {
      const to = at(model, ms)
      if (to) left -= move(from, to, left)
    }
  }
  for (const cell of cells) {
    const next = at(cell.model, cell.hourMs + HOUR_MS)
    if (next) move(cell, next, Number.POSITIVE_INFINITY)
  }
  return cells
}

/** What hours and models add up to. */
export interface Coverage {
  billed: number
  ledger: number
  /** Billed, and not in the ledger. */
  missing: number
  /** In the ledger, and not billed. */
  surplus: number
  /** Billed in another hour than the ledger has it. */
  moved: number
}

const sumOf = (cells: readonly Compared[], of: (cell: Compared) => number): number =>
  cells.reduce((total, cell) => total + of(cell), 0)

const total = (list: readonly number[]): number => list.reduce((sum, one) => sum + one, 0)

/** Sums of gaps; those that are no difference by themselves count only if they add up. */
function gapsOf(cells: readonly Compared[], sign: 1 | -1, billed: number): number {
  const gaps = cells.map(({ gap }) => Math.max(sign * gap, 0))
  const small = total(gaps.filter((gap) => gap <= TOLERANCE_TICKS))
  const isNone = small <= Math.max(TOLERANCE_TICKS, billed * TOLERANCE_SHARE)
  return total(gaps.filter((gap) => gap > TOLERANCE_TICKS)) + (isNone ? 0 : small)
}

export function coverageOf(cells: readonly Compared[]): Coverage {
  const billed = sumOf(cells, (cell) => cell.billed)
  return {
    billed,
    ledger: sumOf(cells, (cell) => cell.ledger),
    missing: gapsOf(cells, 1, billed),
    surplus: gapsOf(cells, -1, billed),
    moved: sumOf(cells, (cell) => cell.moved),
  }
}

/** "99.7%": what the ledger has of the bill. "100.0%" only if nothing is missing. Null: nothing was billed. */
export function coverageWords({
  billed,
  missing,
}: Pick<Coverage, 'billed' | 'missing'>): string | null {
  if (billed <= 0) return null
  if (missing === 0) return '100.0%'
  const permille = Math.floor(((billed - missing) / billed) * 1_000)
  return `${(Math.min(Math.max(permille, 0), 999) / 10).toFixed(1)}%`
}

/** By day (UTC) or by model, in order. */
export function grouped<K>(
  cells: readonly Compared[],
  keyFor: (cell: Compared) => K,
): { key: K; coverage: Coverage; names: string[] }[] {
  return [...Map.groupBy(cells, keyFor)].map(([key, own]) => ({
    key,
    coverage: coverageOf(own),
    names: [...new Set(own.flatMap(({ names }) => names))],
  }))
}
