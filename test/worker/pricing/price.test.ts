import { expect, test } from 'vitest'
import { costOfUsage, priceTokens } from '../../../src/pricing/price.ts'
import { findPrice } from '../../../src/pricing/prices.ts'
import { NOTHING_USED, withUsage, type Usage } from '../../../src/metering/usage.ts'
import { NOW, ROWS, usageOf, vectors } from './vectors.ts'

test(`reproduces all ${vectors.length} recorded bills to the tick, computed and reported`, () => {
  expect(vectors.length).toBeGreaterThan(40)
  for (const vector of vectors) {
    const [model, atMs] = ROWS[vector.price_used]!
    const usage: Usage = withUsage({ ...NOTHING_USED, model }, usageOf(vector))
    const cost = costOfUsage(usage, atMs)
    const { savedTicks } = cost
    expect({ source: vector.source, ...cost }).toEqual({
      source: vector.source,
      costTicks: vector.ticks,
      costBasis: 'reported',
      computedTicks: vector.ticks,
      savedTicks,
    })
    expect(costOfUsage({ ...usage, reportedTicks: null }, atMs)).toEqual({
      costTicks: vector.ticks,
      costBasis: 'computed',
      computedTicks: vector.ticks,
      savedTicks,
    })
    // Had nothing been cached, it would have cost so much more.
    const uncached = { ...usage, reportedTicks: null, tokens: { ...usage.tokens!, cached: 0 } }
    expect(costOfUsage(uncached, atMs).costTicks).toBe(vector.ticks + savedTicks!)
  }
})

test('bills a retired model as the one xAI redirects it to, from the hour of its retirement', () => {
  const before = Date.parse('2026-05-15T18:59:59Z')
  const after = Date.parse('2026-05-15T19:00:00Z')
  expect(findPrice('grok-4-1-fast-reasoning', before)?.input).toBe(2_000)
  expect(findPrice('grok-4-1-fast-reasoning', after)).toEqual(findPrice('grok-4.3', after))
})

test('bills the whole request at the long-context price from the threshold on', () => {
  const price = findPrice('grok-4.3', NOW)!
  const tokens = { cached: 1000, output: 10, reasoning: 0 }
  expect(priceTokens(price, { ...tokens, input: 199_999 })).toEqual({
    ticks: 198_999 * 12_500 + 1000 * 2_000 + 10 * 25_000,
    savedTicks: 1000 * 10_500,
  })
  expect(priceTokens(price, { ...tokens, input: 200_000 })).toEqual({
    ticks: 199_000 * 25_000 + 1000 * 4_000 + 10 * 50_000,
    savedTicks: 1000 * 21_000,
  })
})

test('doubles the price of the priority tier that the answer names', () => {
  const usage = {
    ...NOTHING_USED,
    model: 'grok-4.3',
    tokens: { input: 100, cached: 0, output: 10, reasoning: 0 },
  }
  const normal = costOfUsage(usage, NOW).computedTicks!
  expect(costOfUsage({ ...usage, serviceTier: 'priority' }, NOW).computedTicks).toBe(normal * 2)
  expect(costOfUsage({ ...usage, serviceTier: 'default' }, NOW).computedTicks).toBe(normal)
})

test('has no cost for a model without a price, and takes a 0 of xAI for "not priced"', () => {
  const tokens = { input: 100, cached: 0, output: 10, reasoning: 0 }
  expect(costOfUsage({ ...NOTHING_USED, model: 'grok-99', tokens }, NOW)).toEqual({
    costTicks: null,
    costBasis: 'unknown',
    computedTicks: null,
    savedTicks: null,
  })
  expect(
    costOfUsage({ ...NOTHING_USED, model: 'grok-4.3', tokens, reportedTicks: 0 }, NOW),
  ).toMatchObject({
    costTicks: 100 * 12_500 + 10 * 25_000,
    costBasis: 'computed',
  })
})

const details = (cached: number, reasoning: number): Record<string, unknown> => ({
  prompt_tokens_details: { cached_tokens: cached },
  completion_tokens_details: { reasoning_tokens: reasoning },
})

test.each([
  [
    'reasoning beside the completion',
    { prompt_tokens: 12, completion_tokens: 1, total_tokens: 241, ...details(2, 228) },
    { input: 12, cached: 2, output: 229, reasoning: 228 },
  ],
  [
    'reasoning inside the completion',
    { prompt_tokens: 250, completion_tokens: 573, total_tokens: 823, ...details(0, 323) },
    { input: 250, cached: 0, output: 573, reasoning: 323 },
  ],
  [
    'more cached than prompt',
    { prompt_tokens: 4142, completion_tokens: 254, total_tokens: 8724, ...details(4328, 0) },
    { input: 8470, cached: 4328, output: 254, reasoning: 0 },
  ],
  [
    'no total',
    { prompt_tokens: 10, completion_tokens: 5, ...details(0, 7) },
    { input: 10, cached: 0, output: 12, reasoning: 7 },
  ],
  [
    'a total that fits nothing',
    { prompt_tokens: 10, completion_tokens: 5, total_tokens: 40 },
    { input: 10, cached: 0, output: 30, reasoning: 0 },
  ],
])('counts tokens by arithmetic: %s', (_, usage, tokens) => {
  expect(withUsage(NOTHING_USED, usage).tokens).toEqual(tokens)
})

test('a later usage without a bill does not erase the bill', () => {
  const first = withUsage(NOTHING_USED, {
    prompt_tokens: 1,
    completion_tokens: 1,
    cost_in_usd_ticks: 42,
  })
  expect(
    withUsage(first, { prompt_tokens: 1, completion_tokens: 2, cost_in_usd_ticks: 0 })
      .reportedTicks,
  ).toBe(42)
})

test('prices the server-side tools of the day, and knows when it does not know one', () => {
  const tokens = { input: 0, cached: 0, output: 0, reasoning: 0 }
  const cost = (toolCalls: Record<string, number>, at: string): number | null =>
    costOfUsage({ ...NOTHING_USED, model: 'grok-4.3', tokens, toolCalls }, Date.parse(at)).costTicks
  expect(cost({ x_search_calls: 3, x_posts_fetched: 9 }, '2026-09-20T23:59:59Z')).toBe(150_000_000)
  expect(cost({ x_search_calls: 3, x_posts_fetched: 9 }, '2026-09-21T00:00:00Z')).toBe(450_000_000)
  expect(cost({ telepathy_calls: 1 }, '2026-09-21T00:00:00Z')).toBeNull()
})

test('cached tokens without a price of their own cost as input', () => {
  const price = findPrice('grok-2', NOW)!
  expect(priceTokens(price, { input: 10, cached: 4, output: 0, reasoning: 0 })).toEqual({
    ticks: 10 * 20_000,
    savedTicks: 0,
  })
})
