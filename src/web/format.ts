/** Ticks as dollars, to the last tick: at least two decimals, no more than there are. */
export function usd(ticks: number): string {
  const text = String(Math.abs(ticks)).padStart(11, '0')
  const decimals = text.slice(-10).replace(/0{1,8}$/, '')
  return `${ticks < 0 ? '−' : ''}$${text.slice(0, -10)}.${decimals}`
}

/** Minutes are enough where people look; the zone is said, since the server does not know theirs. */
export const when = (ms: number): string =>
  `${new Date(ms).toISOString().replace('T', ' ').slice(0, 16)} UTC`

export const lastUsed = (ms: number | null): string =>
  ms === null ? 'not used yet' : `last used ${when(ms)}`

const COUNT = new Intl.NumberFormat('en-US')

export const count = (value: number | null): string => (value === null ? '–' : COUNT.format(value))
