const COUNT = new Intl.NumberFormat('en-US')

/** Ticks as dollars, exact to the tick: at least two decimals, no more zeros than that. */
export function usd(ticks: number): string {
  const [whole = '', part = ''] = decimalUsd(Math.abs(ticks)).split('.')
  return `${ticks < 0 ? '−' : ''}$${COUNT.format(BigInt(whole))}.${part.replace(/0{1,8}$/, '')}`
}

export const TICKS_PER_USD = 10_000_000_000
export const TICKS_PER_CENT = TICKS_PER_USD / 100

/** Dollars as people read them: to the cent, or to so many digits if that is finer: "$220.93", "$0.0042". */
export function dollars(ticks: number, significant = 2): string {
  const isSmall = Math.abs(ticks) < TICKS_PER_USD * 10 ** (significant - 3)
  return isSmall
    ? aboutUsd(ticks, significant)
    : usd(Math.round(ticks / TICKS_PER_CENT) * TICKS_PER_CENT)
}

/** Approximate dollars, for averages and estimates: so many significant digits. */
export function aboutUsd(ticks: number, significant = 3): string {
  const digits = Math.max(0, String(Math.abs(Math.round(ticks))).length - significant)
  return usd(Math.round(ticks / 10 ** digits) * 10 ** digits)
}

/** Ticks as an exact decimal number of USD: "0.0001176500". */
export function decimalUsd(ticks: number): string {
  const text = String(Math.abs(ticks)).padStart(11, '0')
  return `${ticks < 0 ? '-' : ''}${text.slice(0, -10)}.${text.slice(-10)}`
}

/** Ticks as people type them into a field of dollars: exact, with at least two decimals. */
export const typedUsd = (ticks: number): string =>
  decimalUsd(ticks).replace(/(\.\d\d\d*?)0+$/, '$1')

/** To the minute. The zone is shown because the server does not know the reader's. */
export const when = (ms: number): string =>
  `${new Date(ms).toISOString().replace('T', ' ').slice(0, 16)} UTC`

export const lastUsed = (ms: number | null): string =>
  ms === null ? 'not used yet' : `last used ${when(ms)}`

export const count = (value: number | null): string => (value === null ? '–' : COUNT.format(value))

const UNITS = ['B', 'kB', 'MB', 'GB', 'TB']

/** Decimal units, as Cloudflare uses them: 1 kB is 1,000 B. */
export function bytes(value: number): string {
  const power = value < 1 ? 0 : Math.min(Math.floor(Math.log10(value) / 3), UNITS.length - 1)
  const scaled = value / 1_000 ** power
  return `${scaled < 10 && power > 0 ? scaled.toFixed(1) : Math.round(scaled)} ${UNITS[power]}`
}

/** A duration in one unit, rounded: "850 ms", "12 s", "3 min", "5 h", "2 days". */
export function age(ms: number): string {
  if (ms < 1_000) return `${Math.round(ms)} ms`
  const seconds = ms / 1_000
  if (seconds < 90) return `${seconds < 10 ? seconds.toFixed(1) : Math.round(seconds)} s`
  if (seconds < 5_400) return `${Math.round(seconds / 60)} min`
  if (seconds < 172_800) return `${Math.round(seconds / 3_600)} h`
  return `${Math.round(seconds / 86_400)} days`
}

/** An internal name as people read it: "client_gone" is "client gone". */
export const spaced = (name: string): string => name.replaceAll('_', ' ')

/** A count with its noun: `1 request`, `2 requests`. */
export const some = (number: number, what: string): string =>
  `${count(number)} ${what}${number === 1 ? '' : 's'}`
