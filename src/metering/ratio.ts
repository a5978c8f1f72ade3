/** A factor as a fraction, so that ticks stay whole numbers. */
export interface Ratio {
  times: number
  per: number
}

export const ONCE: Ratio = { times: 1, per: 1 }

/** `ticks` times the ratio, to the nearest tick. Null: too large for an exact number. */
export function scaled(ticks: number, { times, per }: Ratio): number | null {
  const product = ticks * times
  return Number.isSafeInteger(product) ? Math.round(product / per) : null
}

export const both = (one: Ratio, other: Ratio): Ratio => ({
  times: one.times * other.times,
  per: one.per * other.per,
})
