export type CsvCell = string | number | boolean | null

/** A line of a file as RFC 4180 has it. */
export const csvLine = (cells: readonly CsvCell[]): string => `${cells.map(csvCell).join(',')}\r\n`

/**
 * The start of a formula in a spreadsheet: at the beginning of a cell, and after other characters that a
 * spreadsheet may be set to split cells at. Full-width forms count, too.
 * https://owasp.org/www-community/attacks/CSV_Injection
 */
const FORMULA =
  /^(?=[=+\-@\t\r\n\uFF1D\uFF0B\uFF0D\uFF20])|(?<=[,;|\t\r\n])(?=[=+\-@\uFF1D\uFF0B\uFF0D\uFF20])/g
const QUOTED = /[",;|\t\r\n]/

function csvCell(value: CsvCell): string {
  if (value === null) return ''
  if (typeof value !== 'string') return String(value)
  // Callers choose labels and models, which may look like formulas.
  const text = value.replaceAll(FORMULA, "'")
  return QUOTED.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}
