import { expect, test } from 'vitest'
import * as z from 'zod'
import table from '../../../src/pricing/prices.json' with { type: 'json' }
import { type BillableUnits } from '../../../src/metering/billable-units.ts'
import { priceUnits } from '../../../src/pricing/unit-prices.ts'
import { costOfUsage } from '../../../src/pricing/price.ts'
import { contextTokens, hostRatio, isSameModel, TABLE } from '../../../src/pricing/prices.ts'
import { NOTHING_USED } from '../../../src/metering/usage.ts'
import { learn } from '../../../src/xai/price-list.ts'
import { NOTHING_LEARNED } from '../../../src/pricing/fetched-prices.ts'

const ticks = z.int().min(0)
const source = z.enum(Object.keys(table.sources) as [string, ...string[]])
const dated = { from: z.iso.datetime().optional(), source }
const rates = { input: ticks, cached: ticks.nullable(), output: ticks }
const long = z.strictObject({ threshold: z.int().min(1), ...rates })
const ratio = { times: z.int().min(1), per: z.int().min(1) }
const aliases = z.array(z.string())
const modelRow = z.union([
  z.strictObject({ ...dated, ...rates, long: long.optional() }),
  z.strictObject({ ...dated, as: z.string() }),
])
const pieceRow = z.strictObject({
  ...dated,
  each: ticks.optional(),
  per: z.int().min(1).optional(),
  variants: z.record(z.string(), ticks).optional(),
  input: ticks.optional(),
})
const toolRow = z.strictObject({ ...dated, each: ticks })

const shape = z.strictObject({
  unit: z.string(),
  sources: z.record(z.string(), z.string().min(10)),
  priority: z.strictObject({ ...ratio, source }),
  hosts: z.record(z.string(), z.strictObject({ ...ratio, source })),
  models: z.record(
    z.string(),
    z.strictObject({
      aliases,
      contextTokens: z.int().min(1_000),
      batch: z.strictObject(ratio).optional(),
      rows: z.array(modelRow).min(1),
    }),
  ),
  toolCalls: z.record(z.string(), z.array(toolRow).min(1)),
  pieces: z.record(
    z.string(),
    z.record(z.string(), z.strictObject({ aliases, rows: z.array(pieceRow) })),
  ),
})
type Table = z.infer<typeof shape>

/** What is wrong with a table, in words. */
function problemsOf(json: unknown): string[] {
  const parsed = shape.safeParse(json)
  if (!parsed.success)
    return parsed.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`)
  const problems: string[] = []
  const { models, pieces, toolCalls } = parsed.data
  const once = (name: string, what: string, seen: Set<string>): void => {
    if (seen.has(name)) problems.push(`${what} names ${name} twice`)
    seen.add(name)
  }
  const inOrder = (what: string, rows: readonly { from?: string | undefined }[]): void => {
    const dates = rows.map(({ from }) => (from === undefined ? 0 : Date.parse(from)))
    if (dates.some((date, index) => index > 0 && date <= dates[index - 1]!))
      problems.push(`${what}: dates do not ascend`)
  }
  const names = new Set<string>()
  for (const [model, { aliases: others, rows }] of Object.entries(models)) {
    for (const name of [model, ...others]) once(name, 'models', names)
    inOrder(model, rows)
    for (const row of rows)
      if ('as' in row && !(row.as in models)) problems.push(`${model}: there is no ${row.as}`)
  }
  for (const [unit, ofUnit] of Object.entries(pieces)) {
    const seen = new Set<string>()
    for (const [model, { aliases: others, rows }] of Object.entries(ofUnit)) {
      for (const name of [model, ...others]) once(name, unit, seen)
      inOrder(`${unit} ${model}`, rows)
      for (const row of rows)
        if (row.each === undefined && row.variants === undefined)
          problems.push(`${unit} ${model}: a row without a price`)
    }
  }
  for (const [tool, rows] of Object.entries(toolCalls)) inOrder(tool, rows)
  return problems
}

test('the price table has no mistake that can be told', () => {
  expect(problemsOf(table)).toEqual([])
})

const changed = (change: (copy: Table) => void): string[] => {
  const copy = structuredClone(table) as unknown as Table
  change(copy)
  return problemsOf(copy)
}

const reverse = (model: { rows: unknown[] }): void => {
  model.rows = model.rows.toReversed()
}

test.each([
  ['dates in the wrong order', (one: Table) => reverse(one.models['grok-3']!)],
  [
    'dates of tools in the wrong order',
    (one: Table) =>
      void (one.toolCalls['x_posts_fetched'] = one.toolCalls['x_posts_fetched']!.toReversed()),
  ],
  [
    'dates of images in the wrong order',
    (one: Table) => reverse(one.pieces['image']!['grok-imagine-image-quality']!),
  ],
  [
    'an alias that stands twice',
    (one: Table) => void one.models['grok-4.6']!.aliases.push('grok-4.3-latest'),
  ],
  [
    'an alias that is a model',
    (one: Table) => void one.models['grok-4.6']!.aliases.push('grok-4.7'),
  ],
  [
    'an alias of videos that stands twice',
    (one: Table) =>
      void one.pieces['videoSecond']!['grok-imagine-video']!.aliases.push(
        'grok-imagine-video-1.5-preview',
      ),
  ],
  [
    'a row without a source',
    (one: Table) => void delete (one.models['grok-4.6']!.rows[0] as { source?: string }).source,
  ],
  [
    'a source that is not in the list',
    (one: Table) => void (one.models['grok-4.6']!.rows[0]!.source = 'hearsay'),
  ],
  [
    'a price that is no whole number',
    (one: Table) => void Object.assign(one.models['grok-4.6']!.rows[0]!, { input: 0.5 }),
  ],
  [
    'a member that nobody reads',
    (one: Table) => void Object.assign(one.models['grok-4.6']!.rows[0]!, { inputs: 5 }),
  ],
  [
    'a redirect to nowhere',
    (one: Table) =>
      void one.models['grok-4.6']!.rows.push({
        from: '2026-12-01T00:00:00Z',
        as: 'grok-5',
        source: 'list',
      }),
  ],
])('%s would be found', (_, change) => {
  expect(changed(change)).not.toEqual([])
})

const OCTOBER = Date.parse('2026-10-15T12:00:00Z')
const NOVEMBER = Date.parse('2026-11-02T00:00:00Z')
const USD = 10_000_000_000
const image = (variant: string, inputs = 0, count = 1): BillableUnits => ({
  unit: 'image',
  count,
  variant,
  inputs,
})
const video = (variant: string, inputs = 0): BillableUnits => ({
  unit: 'videoSecond',
  count: 1,
  variant,
  inputs,
})
const minute: BillableUnits = { unit: 'realtimeSecond', count: 60 }

test.each([
  ['grok-imagine-image', image('low/1k', 2), NOVEMBER, 0.024],
  ['grok-imagine-image-quality', image('low/1k'), OCTOBER, 0.05],
  ['grok-imagine-image-quality', image('low/1k', 1), OCTOBER, 0.06],
  ['grok-imagine-image-quality', image('low/1k'), NOVEMBER, 0.04],
  ['grok-imagine-image-quality-20260403', image('medium/2k'), NOVEMBER, 0.06],
  ['grok-imagine-image-pro', image('medium/1k'), OCTOBER, 0.05],
  ['grok-imagine-image-pro', image('medium/1k', 1), NOVEMBER, 0.05],
  ['grok-imagine-image-2.0', image('low/1k'), NOVEMBER, 0.04],
  ['grok-imagine-image-2.0', image('medium/2k', 3, 2), NOVEMBER, 0.19],
  ['grok-imagine-image-2.0', image('ultra/9k'), NOVEMBER, null],
  ['grok-imagine-video', video('480p'), NOVEMBER, 0.05],
  ['grok-imagine-video', video('720p'), NOVEMBER, 0.07],
  ['grok-imagine-video', video('1080p'), NOVEMBER, null],
  ['grok-imagine-video-1.5', video('480p'), NOVEMBER, 0.08],
  ['grok-imagine-video-1.5-preview', video('720p', 1), NOVEMBER, 0.15],
  ['grok-imagine-video-1.5-preview-1', video('1080p'), NOVEMBER, 0.25],
  ['grok-imagine-video-1.5-lite', video('720p', 1), NOVEMBER, 0.04],
  ['grok-voice-think-fast-2.0', minute, NOVEMBER, 0.08],
  ['grok-voice-think-fast-1.0', minute, NOVEMBER, 0.05],
  ['grok-voice-3.0', minute, NOVEMBER, null],
  [null, minute, NOVEMBER, 0.08],
] as const)('%s, %o', (model, pieces, atMs, usd) => {
  expect(priceUnits(pieces, model, atMs)).toBe(usd === null ? null : Math.round(usd * USD))
})

const used = {
  ...NOTHING_USED,
  model: 'grok-4.3',
  tokens: { input: 100, cached: 20, output: 40, reasoning: 30 },
}

test('a region costs what it costs, to the tick, and its bills do not seem to drift', () => {
  const prices = { ...TABLE, host: hostRatio('https://us.api.x.ai') }
  expect(costOfUsage(used, NOVEMBER, prices)).toMatchObject({
    costTicks: 2_244_000,
    savedTicks: 231_000,
  })
  const priority = { ...used, serviceTier: 'priority', reportedTicks: 4_488_000 }
  expect(costOfUsage(priority, NOVEMBER, prices)).toMatchObject({
    costBasis: 'reported',
    computedTicks: 4_488_000,
    savedTicks: 462_000,
  })
  // What is billed by the piece, and tools, too.
  const image = { unit: 'image', count: 3 } as const
  const drawn = { ...NOTHING_USED, model: 'grok-imagine-image', units: image }
  expect(costOfUsage(drawn, NOVEMBER, prices).costTicks).toBe(660_000_000)
  const searched = { ...used, toolCalls: { web_search_calls: 1 } }
  expect(costOfUsage(searched, NOVEMBER, prices).costTicks).toBe(2_244_000 + 55_000_000)
  for (const origin of ['https://api.x.ai', 'http://127.0.0.1:8080', 'https://constructor'])
    expect(costOfUsage(used, NOVEMBER, { ...TABLE, host: hostRatio(origin) }).costTicks).toBe(
      2_040_000,
    )
})

test('the list of a region is not learned as if the table were wrong', () => {
  const host = hostRatio('https://us.api.x.ai')
  const language = (input: number, cached: number, output: number) => ({
    models: [
      {
        id: 'grok-4.3',
        prompt_text_token_price: input,
        cached_prompt_text_token_price: cached,
        completion_text_token_price: output,
      },
    ],
  })
  const learned = (...prices: [number, number, number]): string[] =>
    Object.keys(learn(NOTHING_LEARNED, language(...prices), { models: [] }, NOVEMBER, host).models)
  // With long prices as they are known: the list leaves them out.
  expect(learned(12_500, 2_000, 25_000)).toEqual([])
  expect(learned(13_750, 2_200, 27_500)).toEqual([])
  expect(learned(13_000, 2_000, 25_000)).toEqual(['grok-4.3'])
})

test('what is beyond exact numbers has no price', () => {
  const tokens = { input: 2 ** 45, cached: 0, output: 2 ** 45, reasoning: 0 }
  expect(costOfUsage({ ...used, tokens }, NOVEMBER)).toMatchObject({
    costTicks: null,
    costBasis: 'unknown',
    computedTicks: null,
  })
  const units = { unit: 'image', count: 1e12 } as const
  const images = { ...NOTHING_USED, model: 'grok-imagine-image', units }
  expect(costOfUsage(images, NOVEMBER).costTicks).toBeNull()
  const toolCalls = { web_search_calls: 1e9 }
  expect(costOfUsage({ ...used, toolCalls }, NOVEMBER).costTicks).toBeNull()
})

test.each([
  ['grok-4.3', 'grok-4.3-latest', true],
  ['grok-4.20', 'grok-4.20-0309-reasoning', true],
  ['grok-4-fast', 'grok-4-fast-reasoning', true],
  ['grok-4.20-beta-0309-reasoning', 'grok-4.20-0309-reasoning', true],
  ['grok-imagine-image-quality', 'grok-imagine-image-quality-20260403', true],
  ['grok-imagine-video', 'grok-imagine-video-beta', true],
  ['grok-imagine-image', 'grok-imagine-image-quality', false],
  ['grok-3', 'grok-4.3', false],
  ['grok-3', 'grok-3-mini', false],
  ['grok-9', 'grok-9-0101', true],
  ['grok-9-latest', 'grok-9', true],
  ['grok-9', 'grok-9-mini', false],
  ['grok-9', 'grok-9.1', false],
])('%s and %s are one model: %s', (one, other, is) => {
  expect([isSameModel(one, other), isSameModel(other, one)]).toEqual([is, is])
})

test('a retired model takes as much as the one that answers for it', () => {
  expect(contextTokens('grok-4.5-latest', NOVEMBER)).toBe(500_000)
  expect(contextTokens('grok-3', Date.parse('2026-01-01T00:00:00Z'))).toBe(131_072)
  expect(contextTokens('grok-3', NOVEMBER)).toBe(1_000_000)
  expect(contextTokens('grok-99', NOVEMBER)).toBeNull()
})
