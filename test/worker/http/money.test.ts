import { expect, test } from 'vitest'
import { converted, rateWords } from '../../../src/http/money.ts'

const euro = { currency: 'EUR', rateMicros: 864_200, rateDate: '2026-11-24' } as const

test('money is converted from exact ticks, and says by which rate', () => {
  expect(converted(10_000_000_000, euro)).toBe('€0.8642')
  expect(converted(467_329_500, euro)).toBe('€0.0403866154')
  expect(converted(Number.MAX_SAFE_INTEGER, euro)).toBe('€778,402.1595947164')
  expect(rateWords(euro)).toBe('at 0.8642 EUR for 1 USD, the rate of 2026-11-24')
})

test('an account in dollars has nothing to convert', () => {
  const dollars = { currency: 'USD', rateMicros: null, rateDate: null } as const
  expect([converted(1, dollars), rateWords(dollars)]).toEqual([null, null])
})
