import * as z from 'zod/mini'
import { findPrice, withLearned, type Learned, type PriceRow } from '../metering/prices.ts'
import { pricePieces } from '../metering/pieces.ts'

const price = z.optional(z.nullable(z.int().check(z.gte(0))))
const names = { id: z.string(), aliases: z.optional(z.nullable(z.array(z.string()))) }

/** xAI's lists: `GET /v1/language-models` and `/v1/image-generation-models`. Integers, ticks a token. */
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

/** Null: the list has no price of it, which is no price of 0. */
function rowOf(model: LanguageModel): PriceRow | null {
  const input = model.prompt_text_token_price
  const output = model.completion_text_token_price
  if (!input || !output) return null
  const row: PriceRow = { input, cached: model.cached_prompt_text_token_price ?? null, output }
  const threshold = model.long_context_threshold
  const longInput = model.prompt_text_token_price_long_context
  const longOutput = model.completion_text_token_price_long_context
  if (!threshold || !longInput || !longOutput) return row
  const cached = model.cached_prompt_text_token_price_long_context ?? null
  return { ...row, long: { threshold, input: longInput, cached, output: longOutput } }
}

const isSame = (one: PriceRow | null, other: PriceRow): boolean =>
  one !== null && JSON.stringify(ratesOf(one)) === JSON.stringify(ratesOf(other))

const ratesOf = ({ input, cached, output, long }: PriceRow) => [
  [input, cached, output],
  long ? [long.threshold, long.input, long.cached, long.output] : null,
]

/** What is known already, and a dated row for everything that xAI's lists say otherwise now. */
export function learn(
  known: Learned,
  language: z.infer<typeof languageModels>,
  image: z.infer<typeof imageModels>,
  nowMs: number,
): Learned {
  const prices = withLearned(known)
  const from = new Date(nowMs).toISOString()
  const learned: Learned = structuredClone({ models: known.models, images: known.images })
  for (const model of language.models) {
    const row = rowOf(model)
    for (const name of row ? [model.id, ...(model.aliases ?? [])] : []) {
      if (!isSame(findPrice(name, nowMs, prices), row!))
        learned.models[name] = [...(learned.models[name] ?? []), { ...row!, from }]
    }
  }
  for (const { id, aliases, image_price: each } of image.models) {
    for (const name of each ? [id, ...(aliases ?? [])] : []) {
      const pieces = { unit: 'image', count: 1 } as const
      if (pricePieces(pieces, name, nowMs, known.images) !== each)
        learned.images[name] = [...(learned.images[name] ?? []), { each: each!, from }]
    }
  }
  return learned
}
