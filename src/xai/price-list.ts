import * as z from 'zod/mini'
import {
  findPrice,
  withFetched,
  type Fetched,
  type PriceRow,
  type Rates,
} from '../pricing/prices.ts'
import { ONCE, scaled, type Ratio } from '../metering/ratio.ts'
import { hasVariants, priceUnits } from '../pricing/unit-prices.ts'

const price = z.optional(z.nullable(z.int().check(z.gte(0))))
const names = { id: z.string(), aliases: z.optional(z.nullable(z.array(z.string()))) }

/** xAI's lists: `GET /v1/language-models` and `/v1/image-generation-models`. Integers: ticks per token or image. */
export const languageModels = z.object({
  models: z.array(
    z.object({
      ...names,
      prompt_text_token_price: price,
      cached_prompt_text_token_price: price,
      completion_text_token_price: price,
      long_context_threshold: price,
      prompt_text_token_price_long_context: price,
      cached_prompt_text_token_price_long_context: price,
      completion_text_token_price_long_context: price,
    }),
  ),
})
export const imageModels = z.object({ models: z.array(z.object({ ...names, image_price: price })) })

type LanguageModel = z.infer<typeof languageModels>['models'][number]

/**
 * A model's row by xAI's list. Null: the list has no price; a 0 is not a price. Rates that the list leaves out
 * stay as known.
 */
function rowOf(model: LanguageModel, known: PriceRow | null): PriceRow | null {
  const input = model.prompt_text_token_price
  const output = model.completion_text_token_price
  if (!input || !output) return null
  const cached = model.cached_prompt_text_token_price || (known?.cached ?? null)
  const threshold = model.long_context_threshold || known?.long?.threshold
  const longInput = model.prompt_text_token_price_long_context || known?.long?.input
  const longOutput = model.completion_text_token_price_long_context || known?.long?.output
  if (!threshold || !longInput || !longOutput) return { input, cached, output }
  const longCached =
    model.cached_prompt_text_token_price_long_context || (known?.long?.cached ?? null)
  const long = { threshold, input: longInput, cached: longCached, output: longOutput }
  return { input, cached, output, long }
}

/** The row as a region's own list may have it: the table's prices times the host's ratio. */
function regional(row: PriceRow | null, host: Ratio): PriceRow | null {
  const times = (ticks: number): number => scaled(ticks, host) ?? ticks
  const all = <T extends Rates>(rates: T): T => ({
    ...rates,
    input: times(rates.input),
    cached: rates.cached === null ? null : times(rates.cached),
    output: times(rates.output),
  })
  return row && { ...all(row), ...(row.long ? { long: all(row.long) } : {}) }
}

const isRegional = (model: LanguageModel, before: PriceRow | null, host: Ratio): boolean => {
  const there = regional(before, host)
  const row = rowOf(model, there)
  return row !== null && isSame(there, row)
}

const isSame = (one: PriceRow | null, other: PriceRow): boolean =>
  one !== null && JSON.stringify(ratesOf(one)) === JSON.stringify(ratesOf(other))

const ratesOf = ({ input, cached, output, long }: PriceRow) => [
  [input, cached, output],
  long ? [long.threshold, long.input, long.cached, long.output] : null,
]

/** Returns the known rows, and a dated row for each price that differs in xAI's lists now. */
export function learn(
  known: Fetched,
  language: z.infer<typeof languageModels>,
  image: z.infer<typeof imageModels>,
  nowMs: number,
  host: Ratio = ONCE,
): Fetched {
  const prices = withFetched(known)
  const from = new Date(nowMs).toISOString()
  const fetched: Fetched = structuredClone({ models: known.models, images: known.images })
  for (const model of language.models) {
    for (const name of [model.id, ...(model.aliases ?? [])]) {
      const before = findPrice(name, nowMs, prices)
      const row = rowOf(model, before)
      if (row !== null && !isSame(before, row) && !isRegional(model, before, host))
        fetched.models[name] = [...(fetched.models[name] ?? []), { ...row, from }]
    }
  }
  for (const { id, aliases, image_price: each } of image.models) {
    for (const name of each ? [id, ...(aliases ?? [])] : []) {
      const units = { unit: 'image', count: 1 } as const
      // A model with several prices by quality has no single price to compare: keep the table's.
      const before = hasVariants(name) ? each! : priceUnits(units, name, nowMs, known.images)
      const isKnown = before !== null && [before, scaled(before, host)].includes(each!)
      if (!isKnown) fetched.images[name] = [...(fetched.images[name] ?? []), { each: each!, from }]
    }
  }
  return fetched
}
