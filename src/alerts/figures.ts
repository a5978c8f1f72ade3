import { aboutUsd, age, count, some, usd } from '../http/format.ts'
import type { Basis } from './content.ts'
import type { Unit } from './rules/kinds.ts'

const CENT = 100_000_000
const DOLLAR = 10_000_000_000

/** Dollars as people read them: to the cent, or three digits of less than a dollar. */
export const dollars = (ticks: number): string =>
  Math.abs(ticks) < DOLLAR ? aboutUsd(ticks) : usd(Math.round(ticks / CENT) * CENT)

const decimal = (value: number, digits = 1): string =>
  value.toFixed(digits).replace(/\.?0+$/, '') || '0'

const WORDS: Record<Unit, (value: number) => string> = {
  ticks: dollars,
  tokens: (value) => some(Math.round(value), 'token'),
  requests: (value) => some(Math.round(value), 'request'),
  percent: (value) => `${decimal(value)}%`,
  ms: (value) => (value < 1_000 ? `${count(Math.round(value))} ms` : age(value)),
  times: (value) => `${decimal(value)} times`,
  days: (value) => some(Math.round(value), 'day'),
}

/** A figure with its unit, rounded as people read it. */
export const figureOf = (unit: Unit, value: number): string => WORDS[unit](value)

export const percentOf = (share: number): string => `${decimal(share * 100)}%`

/** How sure a cost is, as a sentence. */
export function basisWords({ reported, computed, estimated, unknown }: Basis): string {
  const total = reported + computed + estimated
  const parts = [
    { ticks: reported, words: 'is xAI’s own bill' },
    { ticks: computed, words: 'is computed from the complete usage' },
    { ticks: estimated, words: 'is estimated' },
  ].filter(({ ticks }) => ticks > 0)
  const known =
    parts.length === 0
      ? 'None of it is billed yet'
      : parts.map(({ ticks, words }) => `${percentOf(ticks / total)} ${words}`).join(', ')
  const missing = unknown === 0 ? '' : `; the cost of ${some(unknown, 'request')} is unknown`
  return `${known}${missing}.`
}
