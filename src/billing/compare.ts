// Compares xAI's bill of a key with what the ledger saw, by hour and model. Nothing is booked: both are shown.
import { HOUR_MS } from '../http/time.ts'
import { plainModel } from '../pricing/prices.ts'
import type { HourCost } from './xai/usage.ts'

/** xAI sends doubles of USD: less than a millionth of a dollar is no difference. In ticks. */
export const TOLERANCE_TICKS = 10_000

/** An hour and model, in ticks. */
export interface Compared {
  hourMs: number
  model: string
  billed: number
  ledger: number
  /** What xAI billed and the ledger has not; negative: what the ledger has and xAI did not bill. 0: they agree. */
  gap: number
}

/** Costs by hour and model; a version of a model counts as the model. */
function byCell(costs: readonly HourCost[]): Map<string, HourCost> {
  const cells = new Map<string, HourCost>()
  for (const { hourMs, model: name, ticks } of costs) {
    const model = plainModel(name)
    const key = `${model} ${hourMs}`
    const before = cells.get(key)?.ticks ?? 0
    cells.set(key, { hourMs, model, ticks: before + ticks })
  }
  return cells
}

/**
 * Every hour and model that either has, with the gap between them. A request near the end of an hour may count in the
 * next one at xAI: what is missing in an hour and too much in the next evens out.
 */
export function compare(billed: readonly HourCost[], ledger: readonly HourCost[]): Compared[] {
  const [bills, rows] = [byCell(billed), byCell(ledger)]
  const cells = [...new Set([...bills.keys(), ...rows.keys()])].map((key): Compared => {
    const { hourMs, model } = (bills.get(key) ?? rows.get(key))!
    const [bill, row] = [bills.get(key)?.ticks ?? 0, rows.get(key)?.ticks ?? 0]
    return { hourMs, model, billed: bill, ledger: row, gap: bill - row }
  })
  cells.sort((one, other) =>
    one.model < other.model ? -1 : one.model > other.model ? 1 : one.hourMs - other.hourMs,
  )
  for (const [index, cell] of cells.entries()) evenOut(cells[index - 1], cell)
  for (const cell of cells) if (Math.abs(cell.gap) <= TOLERANCE_TICKS) cell.gap = 0
  return cells.filter((cell) => cell.billed !== 0 || cell.ledger !== 0)
}

function evenOut(before: Compared | undefined, cell: Compared): void {
  if (before?.model !== cell.model || cell.hourMs - before.hourMs !== HOUR_MS) return
  if (Math.sign(before.gap) * Math.sign(cell.gap) !== -1) return
  const moved = Math.min(Math.abs(before.gap), Math.abs(cell.gap))
  before.gap -= Math.sign(before.gap) * moved
  cell.gap -= Math.sign(cell.gap) * moved
}

/** What hours and models add up to. */
export interface Coverage {
  billed: number
  ledger: number
  /** Billed, and not in the ledger. */
  missing: number
  /** In the ledger, and not billed. */
  surplus: number
}

export function coverageOf(cells: readonly Compared[]): Coverage {
  const sum = (of: (cell: Compared) => number): number =>
    cells.reduce((total, cell) => total + of(cell), 0)
  return {
    billed: sum(({ billed }) => billed),
    ledger: sum(({ ledger }) => ledger),
    missing: sum(({ gap }) => Math.max(gap, 0)),
    surplus: sum(({ gap }) => Math.max(-gap, 0)),
  }
}

/** "99.7%": what the ledger has of the bill. "100.0%" only if nothing is missing. Null: nothing was billed. */
export function coverageWords({ billed, missing }: Coverage): string | null {
  if (billed <= 0) return null
  if (missing === 0) return '100.0%'
  const permille = Math.floor(((billed - missing) / billed) * 1_000)
  return `${(Math.min(Math.max(permille, 0), 999) / 10).toFixed(1)}%`
}

/** By day (UTC) or by model, in order. */
export function grouped<K>(
  cells: readonly Compared[],
  keyOf: (cell: Compared) => K,
): { key: K; coverage: Coverage }[] {
  return [...Map.groupBy(cells, keyOf)].map(([key, own]) => ({ key, coverage: coverageOf(own) }))
}
