/** One column of a table for a terminal. */
export interface Column<T> {
  title: string
  right?: true
  cell: (row: T) => string
}

/** Rows under their titles, columns as wide as they must be. */
export function drawTable<T>(columns: readonly Column<T>[], rows: readonly T[]): string {
  const cells = [
    columns.map((column) => column.title),
    ...rows.map((row) => columns.map((column) => column.cell(row))),
  ]
  const widths = columns.map((_, index) =>
    Math.max(...cells.map((line) => line[index]?.length ?? 0)),
  )
  const draw = (line: readonly string[]): string =>
    line
      .map((text, index) =>
        columns[index]?.right ? text.padStart(widths[index] ?? 0) : text.padEnd(widths[index] ?? 0),
      )
      .join('  ')
      .trimEnd()
  const rule = widths.map((width) => '─'.repeat(width)).join('──')
  return [draw(cells[0] ?? []), rule, ...cells.slice(1).map(draw)].join('\n')
}

/** Ticks as dollars, all ten places: nothing is rounded. */
export function usd(ticks: number): string {
  const text = String(ticks).padStart(11, '0')
  return `$${text.slice(0, -10)}.${text.slice(-10)}`
}
