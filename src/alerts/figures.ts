import { age, count, dollars, some } from '../http/format.ts'
import type { Basis } from './content.ts'
import type { Unit } from './rules/kinds.ts'

const decimal = (value: number, digits = 1): string =>
  value.toFixed(digits).replace(/\.?0+$/, '') || '0'

const WORDS: Record<Unit, (value: number) => string> = {
  // Beside its threshold, which may be as fine.
  ticks: (ticks) => dollars(ticks, 3),
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
