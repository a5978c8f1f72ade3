import { expect, test } from 'vitest'
import { findPrice } from '../../../src/pricing/prices.ts'
import { json } from '../../xai/reply.ts'
import { chat, makeAccount, rowOf, type Row } from '../world.ts'

const account = await makeAccount()
const MODEL = 'grok-4.3'
const RATES = findPrice(MODEL, Date.now())!
const [INPUT, CACHED, OUTPUT] = [1_000, 600, 10]

type Tier = 'default' | 'priority' | undefined

interface Asked {
  tier: Tier
  cached: number
  /** xAI's own bill; none: it sends none. */
  ticks?: number
}

const ENDPOINTS = {
  'chat/completions': ({ tier, cached, ticks }: Asked): object => ({
    id: 'x',
    model: MODEL,
    choices: [],
    service_tier: tier,
    usage: {
      prompt_tokens: INPUT,
      completion_tokens: OUTPUT,
      total_tokens: INPUT + OUTPUT,
      prompt_tokens_details: { cached_tokens: cached },
      cost_in_usd_ticks: ticks,
    },
  }),
  responses: ({ tier, cached, ticks }: Asked): object => ({
    id: 'x',
    object: 'response',
    status: 'completed',
    model: MODEL,
    output: [],
    service_tier: tier,
    usage: {
      input_tokens: INPUT,
      output_tokens: OUTPUT,
      total_tokens: INPUT + OUTPUT,
      input_tokens_details: { cached_tokens: cached },
      cost_in_usd_ticks: ticks,
    },
  }),
}
type Endpoint = keyof typeof ENDPOINTS

/** The row of a request that xAI answers so. */
async function rowFor(endpoint: Endpoint, asked: Asked): Promise<Row> {
  const answered = await chat(account, {
    path: `/api/proxy/grok/v1/${endpoint}`,
    body: endpoint === 'responses' ? { model: MODEL, input: 'Hello' } : undefined,
    reply: json(ENDPOINTS[endpoint](asked)),
  })
  await answered.arrayBuffer()
  return rowOf(account, answered)
}

const CASES = (Object.keys(ENDPOINTS) as Endpoint[]).flatMap((endpoint) =>
  (
    [
      [undefined, 1],
      ['default', 1],
      ['priority', 2],
    ] as const
  ).map(([tier, times]) => ({ endpoint, tier, times })),
)

test.each(CASES)(
  'the cache saves what the request would have cost more without it: $endpoint, tier $tier',
  async ({ endpoint, tier, times }) => {
    const saved = CACHED * (RATES.input - RATES.cached!) * times
    const full = (INPUT * RATES.input + OUTPUT * RATES.output) * times
    const without = await rowFor(endpoint, { tier, cached: 0 })
    expect(without).toMatchObject({ costBasis: 'computed', costTicks: full, savedTicks: 0 })
    const cached = await rowFor(endpoint, { tier, cached: CACHED })
    expect(cached).toMatchObject({
      costBasis: 'computed',
      cachedTokens: CACHED,
      costTicks: full - saved,
      savedTicks: saved,
    })
    // Whatever xAI bills, what was saved is told by the price table.
    expect(await rowFor(endpoint, { tier, cached: CACHED, ticks: 7 })).toMatchObject({
      costBasis: 'reported',
      costTicks: 7,
      computedTicks: full - saved,
      savedTicks: saved,
    })
  },
)
