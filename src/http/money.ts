import { usd } from './format.ts'

/** How an account wants money shown beside dollars. */
export interface Currency {
  currency: 'USD' | 'EUR' | 'CHF' | 'GBP'
  /** Units of it for a dollar, × 1,000,000. Null: dollars alone. */
  rateMicros: number | null
  /** The day the rate is of, YYYY-MM-DD. */
  rateDate: string | null
}

const SIGNS = { USD: '$', EUR: '€', CHF: 'CHF ', GBP: '£' } as const

/** The figure in the account's currency; null where that is the dollar. */
export function converted(ticks: number, { currency, rateMicros }: Currency): string | null {
  if (rateMicros === null) return null
  // Ticks and rates are exact integers; their product may not be.
  const exact = (BigInt(ticks) * BigInt(rateMicros) + 500_000n) / 1_000_000n
  return usd(Number(exact)).replace('$', SIGNS[currency])
}

/** "at 0.8642 EUR for 1 USD, the rate of 2026-11-24": what every converted figure stands beside. */
export function rateWords({ currency, rateMicros, rateDate }: Currency): string | null {
  if (rateMicros === null) return null
  return `at ${rateMicros / 1_000_000} ${currency} for 1 USD, the rate of ${rateDate}`
}
