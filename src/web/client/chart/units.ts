const number = (value: number, digits: number): string =>
  value.toLocaleString('en-US', { maximumFractionDigits: digits })

/** To the cent, or to two digits if that is finer; with at least cents. */
function dollars(value: number): string {
  const digits =
    value !== 0 && Math.abs(value) < 0.1 ? 1 - Math.floor(Math.log10(Math.abs(value))) : 2
  const shown = value.toLocaleString('en-US', {
    minimumFractionDigits: 2,
    maximumFractionDigits: Math.min(Math.max(digits, 2), 10),
  })
  return `$${shown}`
}

/** Formats a value of each unit. */
export const UNITS: Readonly<Record<string, (value: number) => string>> = {
  usd: dollars,
  count: (value) => number(value, 0),
  ms: (value) => (value < 1_000 ? `${number(value, 2)} ms` : `${number(value / 1_000, 2)} s`),
}
