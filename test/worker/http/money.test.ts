import { expect, test } from 'vitest'
import { dollars, usd } from '../../../src/http/format.ts'
import { converted, rateWords } from '../../../src/http/money.ts'

const euro = { currency: 'EUR', rateMicros: 864_200, rateDate: '2026-11-24' } as const

test.each([
  [0, '$0.00'],
  [1, '$0.0000000001'],
  [42_123_456, '$0.0042'],
  [42_973_456, '$0.0043'],
  [99_999_999, '$0.01'],
  [540_000_001, '$0.054'],
  [999_999_999, '$0.10'],
  [1_234_567_890, '$0.12'],
  [9_999_999_999, '$1.00'],
  [2_209_312_345_678, '$220.93'],
  [12_345_678_900_000_000, '$1,234,567.89'],
  [-42_123_456, '−$0.0042'],
  [-2_209_312_345_678, '−$220.93'],
])('%d ticks are read as %s', (ticks, words) => {
  expect(dollars(ticks)).toBe(words)
})

test('an amount of a message is as fine as its threshold', () => {
  expect([dollars(1_250_000_000, 3), dollars(1_246_000_000, 3)]).toEqual(['$0.125', '$0.125'])
  expect(dollars(12_345_678_901, 3)).toBe('$1.23')
  expect(usd(2_209_312_345_678)).toBe('$220.9312345678')
})

test('money is converted from exact ticks, and says by which rate', () => {
  expect(converted(10_000_000_000, euro)).toBe('€0.86')
  expect(converted(467_329_500, euro)).toBe('€0.04')
  expect(converted(Number.MAX_SAFE_INTEGER, euro)).toBe('€778,402.16')
  expect(rateWords(euro)).toBe('at 0.8642 EUR for 1 USD, the rate of 2026-11-24')
})

test('an account in dollars has nothing to convert', () => {
  const dollars = { currency: 'USD', rateMicros: null, rateDate: null } as const
  expect([converted(1, dollars), rateWords(dollars)]).toEqual([null, null])
})
