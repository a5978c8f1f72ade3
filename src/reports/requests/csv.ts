/** `json`: a text that must stay as it is, and is no formula. */
export type CsvCell = string | number | boolean | null | { json: string }

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

const quoted = (text: string): string =>
  QUOTED.test(text) ? `"${text.replaceAll('"', '""')}"` : text

function csvCell(value: CsvCell): string {
  if (value === null) return ''
  if (typeof value === 'object') return quoted(value.json)
  if (typeof value !== 'string') return String(value)
  // Callers choose labels and models, which may look like formulas.
  return quoted(value.replaceAll(FORMULA, "'"))
}
