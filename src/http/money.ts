import { dollars } from './format.ts'

/** The currency in which an account shows amounts next to dollars. */
export interface Currency {
  currency: 'USD' | 'EUR' | 'CHF' | 'GBP'
  /** Units of the currency per dollar, × 1,000,000. Null: amounts are shown in dollars only. */
  rateMicros: number | null
  /** The day of the rate, YYYY-MM-DD. */
  rateDate: string | null
}

const SIGNS = { USD: '$', EUR: '€', CHF: 'CHF ', GBP: '£' } as const

/** The amount in the account's currency, as people read it. Null: the account shows dollars only. */
export function converted(ticks: number, { currency, rateMicros }: Currency): string | null {
  if (rateMicros === null) return null
  // Ticks and rates are exact integers, but their product may be too large for a number.
  const exact = (BigInt(ticks) * BigInt(rateMicros) + 500_000n) / 1_000_000n
  return dollars(Number(exact)).replace('$', SIGNS[currency])
}

/** "at 0.8642 EUR for 1 USD, the rate of 2026-11-24": shown next to converted amounts. */
export function rateWords({ currency, rateMicros, rateDate }: Currency): string | null {
  if (rateMicros === null) return null
  return `at ${rateMicros / 1_000_000} ${currency} for 1 USD, the rate of ${rateDate}`
}
