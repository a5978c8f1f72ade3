type Values = (number | null)[]

/** What a column is drawn as: its values, or a line for a limit, or the period before. */
export type Drawn = 'values' | 'limit' | 'before'

export interface Column {
  title: string
  drawn: Drawn
  values: Values
  head: HTMLTableCellElement
}

/** The table that a chart is drawn from. */
export interface Numbers {
  rows: readonly HTMLTableRowElement[]
  /** The steps, as the table has them. */
  labels: readonly string[]
  /** When each step begins, as ISO 8601; null: the steps are no times. */
  starts: readonly (string | null)[]
  columns: readonly Column[]
  /** The step that is not over. -1: all are. */
  partial: number
}

const valuesOf = (rows: readonly HTMLTableRowElement[], column: number): Values =>
  rows.map((row) => {
    const value = row.cells[column + 1]?.dataset['value'] ?? ''
    return value === '' ? null : Number(value)
  })

export function readNumbers(table: HTMLTableElement): Numbers {
  const rows = [...table.tBodies].flatMap((body) => [...body.rows])
  const heads = [...(table.tHead?.rows[0]?.cells ?? [])].slice(1)
  return {
    rows,
    labels: rows.map((row) => row.cells[0]?.textContent ?? ''),
    starts: rows.map((row) => row.cells[0]?.querySelector('time')?.dateTime ?? null),
    columns: heads.map((head, index) => ({
      title: head.textContent,
      drawn: (head.dataset['line'] as Drawn | undefined) ?? 'values',
      values: valuesOf(rows, index),
      head,
    })),
    partial: rows.findIndex((row) => row.dataset['partial'] !== undefined),
  }
}

const linkIn = (cell: HTMLElement | undefined): string | null =>
  cell?.querySelector('a')?.href ?? null

/** Opens the first link of these cells: a bar leads where its number in the table does. */
export function follow(...cells: (HTMLElement | undefined)[]): void {
  const url = cells.map(linkIn).find((one) => one !== null)
  if (url) location.assign(url)
}

/** Opens the range from one step to another: from the start of the one to the end of the other. */
export function openRange({ rows }: Numbers, first: number, last: number): void {
  const [from, to] = [first, last].map((index) => linkIn(rows[index]?.cells[0]))
  if (!from || !to) return
  const url = new URL(from)
  const end = new URL(to).searchParams.get('to')
  if (end !== null) url.searchParams.set('to', end)
  location.assign(url)
}
