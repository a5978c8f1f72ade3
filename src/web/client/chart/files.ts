import type { Chart } from 'chart.js'
import type { Numbers } from './table.ts'

/** The start of a formula in a spreadsheet: https://owasp.org/www-community/attacks/CSV_Injection */
const FORMULA = /^[=+\-@\t\r]/

function cell(text: string): string {
  const safe = FORMULA.test(text) ? `'${text}` : text
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe
}

/** The chart's numbers as RFC 4180 has them: as exact as the table holds them, with steps in UTC. */
export function toCsv({ rows, labels, starts, columns }: Numbers): string {
  const lines = [
    ['step', ...columns.map(({ title }) => cell(title))],
    ...labels.map((label, row) => [
      cell(starts[row] ?? label),
      ...columns.map((_, column) => rows[row]?.cells[column + 1]?.dataset['value'] ?? ''),
    ]),
  ]
  return lines.map((line) => `${line.join(',')}\r\n`).join('')
}

export function save(content: Blob, name: string): void {
  const link = document.createElement('a')
  link.href = URL.createObjectURL(content)
  link.download = name
  link.click()
  setTimeout(() => URL.revokeObjectURL(link.href), 1_000)
}

/** The chart as it is drawn, on the page's own background: a canvas has none. */
export async function toPng({ canvas }: Chart, background: string): Promise<Blob | null> {
  const copy = document.createElement('canvas')
  copy.width = canvas.width
  copy.height = canvas.height
  const context = copy.getContext('2d')
  if (context === null) return null
  context.fillStyle = background
  context.fillRect(0, 0, copy.width, copy.height)
  context.drawImage(canvas, 0, 0)
  return new Promise((resolve) => copy.toBlob(resolve, 'image/png'))
}
