import { env } from 'cloudflare:workers'
import { beforeEach, expect, test, vi } from 'vitest'
import { costOfUsage } from '../../../src/pricing/price.ts'
import { findPrice, TABLE, withFetched } from '../../../src/pricing/prices.ts'
import { NOTHING_USED } from '../../../src/metering/usage.ts'
import { CRONS } from '../../../src/ledger/crons.ts'
import { runJobs } from '../../../src/jobs/run.ts'
import { writeMessages } from '../../../src/ledger/store.ts'
import { uuidv7 } from '../../../src/http/uuid.ts'
import { currentPrices, readPriceState, keepPrices } from '../../../src/settlement/prices-store.ts'
import { json } from '../../xai/reply.ts'
import { entry, freshLedger, messagesOf } from '../ledger/messages.ts'
import { chat, envWith, fetchWorker, makeAccount, memberOf, rowOf } from '../world.ts'

const DAY = 86_400_000
const account = await makeAccount()
const { accountId } = await memberOf(account)
const mine = envWith({ PRICES_ACCOUNT: accountId })

/** xAI's lists, as they are answered from now on. */
function lists(language: object[] | number, images: object[] = []): void {
  vi.spyOn(globalThis, 'fetch').mockImplementation((input) => {
    const path = new URL(input as string).pathname
    if (typeof language === 'number') return Promise.resolve(new Response('', { status: language }))
    return Promise.resolve(
      Response.json({ models: path.endsWith('/language-models') ? language : images }),
    )
  })
}

const model = (id: string, input: number, more: object = {}): object => ({
  id,
  prompt_text_token_price: input,
  cached_prompt_text_token_price: 2_000,
  completion_text_token_price: 25_000,
  long_context_threshold: 200_000,
  prompt_text_token_price_long_context: 25_000,
  cached_prompt_text_token_price_long_context: 4_000,
  completion_text_token_price_long_context: 50_000,
  ...more,
})

beforeEach(async () => {
  vi.restoreAllMocks()
  await env.TOKENS.delete('prices')
  // Isolates remember prices for a while.
  await keepPrices(envWith({ PRICES_ACCOUNT: 'nobody' }), 0)
  await env.TOKENS.delete('prices')
  await freshLedger()
})

test('what xAI’s list says otherwise is a row from then on; what it says alike is none', async () => {
  lists(
    [
      model('grok-4.3', 12_500, { aliases: ['grok-4.3-latest'] }),
      model('grok-4.6', 30_000, { aliases: ['grok-latest'], cached_prompt_text_token_price: null }),
      { id: 'grok-9' },
    ],
    [
      { id: 'grok-imagine-image', image_price: 200_000_000 },
      { id: 'grok-2-image-1212', image_price: 800_000_000 },
    ],
  )
  const nowMs = Date.parse('2026-11-24T03:17:00Z')
  await keepPrices(mine, nowMs)
  const state = await readPriceState(env)
  expect(state).toMatchObject({ checkedAtMs: nowMs, problem: null })
  expect(Object.keys(state.models)).toEqual(['grok-4.6', 'grok-latest'])
  expect(Object.keys(state.images)).toEqual(['grok-2-image-1212'])

  const prices = await currentPrices(env, nowMs)
  expect(findPrice('grok-4.6', nowMs - 1, prices)).toEqual(findPrice('grok-4.6', nowMs, TABLE))
  expect(findPrice('grok-4.6', nowMs, prices)).toMatchObject({ input: 30_000, cached: 5_000 })
  expect(findPrice('grok-latest', nowMs - 1, prices)).toBeNull()
  expect(findPrice('grok-latest', nowMs, prices)?.long?.threshold).toBe(200_000)
  const units = { unit: 'image', count: 2 } as const
  const image = { ...NOTHING_USED, model: 'grok-2-image-1212', units }
  expect(costOfUsage(image, nowMs - 1, prices).costTicks).toBe(1_400_000_000)
  expect(costOfUsage(image, nowMs, prices).costTicks).toBe(1_600_000_000)

  // The same list again says nothing new; another price is one row more.
  await keepPrices(mine, nowMs + DAY)
  expect((await readPriceState(env)).models).toEqual(state.models)
  lists([model('grok-4.6', 40_000)])
  await keepPrices(mine, nowMs + 2 * DAY)
  const third = await readPriceState(env)
  expect(third.models['grok-4.6']).toHaveLength(2)
  expect(findPrice('grok-4.6', nowMs + DAY, withFetched(third))?.input).toBe(30_000)
})

/** A request of ten tokens of input that xAI sends no bill for; what it cost. */
async function costNow(): Promise<unknown> {
  const usage = { prompt_tokens: 10, completion_tokens: 0, total_tokens: 10 }
  const answered = await chat(account, {
    reply: json({ id: 'x', model: 'grok-4.3', choices: [], usage }),
  })
  await answered.text()
  const { costBasis, costTicks } = await rowOf(account, answered)
  expect(costBasis).toBe('computed')
  return costTicks
}

test('a price that the nightly job learns is what the very next request costs', async () => {
  // From here on, the isolate remembers what things cost.
  expect(await costNow()).toBe(10 * findPrice('grok-4.3', Date.now())!.input)
  for (const input of [99_000, 88_000]) {
    lists([model('grok-4.3', input)])
    await runJobs(CRONS.nightly, mine, Date.now())
    vi.restoreAllMocks()
    expect(await costNow()).toBe(10 * input)
  }
})

test.each([
  ['xAI says no', () => lists(503), mine, 'xAI answered 503'],
  [
    'the list makes no sense',
    () => lists([{ id: 'x', prompt_text_token_price: 'cheap' }]),
    mine,
    '',
  ],
  ['nobody is chosen', () => lists([]), envWith({ PRICES_ACCOUNT: 'nobody' }), 'no xAI key'],
])(
  'where %s, what was known stays and the health page says so',
  async (_, prepare, changed, says) => {
    lists([model('grok-4.3', 77_000)])
    await keepPrices(mine, Date.now() - DAY)
    prepare()
    await keepPrices(changed, Date.now())
    const state = await readPriceState(env)
    expect(state.models['grok-4.3']?.[0]?.input).toBe(77_000)
    expect(state.problem).toContain(says)
    expect(state.problem).not.toBeNull()
    const page = await fetchWorker('/health', { headers: { cookie: account.cookie } })
    const html = await page.text()
    expect(html).toContain('The last attempt failed')
    expect(html).toContain('grok-4.3')
  },
)

test('several bills that are not what the table says raise one warning', async () => {
  const nowMs = Date.now()
  const bills = (name: string, listed: number, count: number): ReturnType<typeof entry>[] =>
    Array.from({ length: count }, () => {
      const atMs = nowMs - 3_600_000
      const costs = { costTicks: 1_000, computedTicks: listed }
      return entry({ accountId, atMs, id: uuidv7(atMs), model: name, ...costs })
    })
  const list = [...bills('drifts', 970, 3), ...bills('fits', 1_005, 9), ...bills('rare', 500, 2)]
  await writeMessages(env.LEDGER, messagesOf(list), nowMs)
  lists([])
  await runJobs(CRONS.nightly, mine, nowMs)
  expect((await readPriceState(env)).drifting).toEqual([
    { model: 'drifts', requests: 3, share: 970 / 1_000 - 1 },
  ])
  for (const path of ['/health', '/dashboard?range=24h']) {
    const page = await fetchWorker(path, { headers: { cookie: account.cookie } })
    const warnings = (await page.text()).match(/xAI bills \S+ [\d.]+% above the price table/g)
    expect(warnings).toEqual(['xAI bills drifts 3.1% above the price table'])
  }
})
