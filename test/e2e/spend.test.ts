import Anthropic from '@anthropic-ai/sdk'
import { createXai } from '@ai-sdk/xai'
import { APICallError, generateText, streamText } from 'ai'
import OpenAI, { APIError } from 'openai'
import { describe, expect, test } from 'vitest'
import { script, seenBy } from '../xai/client.ts'
import { events, json, stream, typedEvents, type Reply } from '../xai/reply.ts'
import { rowOf } from './operator.ts'
import { operator, workerUrl, xaiUrl } from './world.ts'

const USD = 10_000_000_000
const BASE = `${workerUrl}/api/proxy/grok/v1`

interface State {
  spent: number
  reserved: number
  limit: number
  running: number
  mostOver: number
}

/** A token with a budget of its own, so that other tests are not refused. */
async function capped(budget: object): Promise<{ token: string; state: () => Promise<State> }> {
  const created = await operator.call('POST', '/tokens', { name: 'capped', scope: 'all' })
  const { id, token } = (await created.json()) as { id: string; token: string }
  const made = await operator.call('POST', '/budgets', {
    name: 'small',
    scope: { kind: 'token', value: id },
    meter: 'tokens',
    window: 'month',
    action: 'stop',
    ...budget,
  })
  expect(made.status).toBe(201)
  const { id: budgetId } = (await made.json()) as { id: string }
  const state = async (): Promise<State> => {
    const answer = await operator.call('GET', `/budgets/${budgetId}`)
    return ((await answer.json()) as { state: State[] }).state[0]!
  }
  return { token, state }
}

const headersOf = async (reply: Reply): Promise<Record<string, string>> => ({
  'x-grok-conv-id': await script(xaiUrl, reply),
})

const DELTAS = Array.from({ length: 2_000 }, (_, index) => ({
  id: 'chat-1',
  object: 'chat.completion.chunk',
  created: 1_790_980_232,
  model: 'grok-4.3',
  choices: [{ index: 0, delta: { content: `word ${index} ` }, finish_reason: null }],
}))
const LONG = stream(events(DELTAS), { gapMs: 2 })
const messages = [{ role: 'user' as const, content: 'Hello' }]
const SENTENCE = /the budget “small” of this token does not have the/

async function raised(run: () => Promise<unknown>): Promise<unknown> {
  try {
    await run()
  } catch (error) {
    return error
  }
  throw new Error('nothing was raised')
}

const drain = async (parts: AsyncIterable<unknown>): Promise<number> => {
  let count = 0
  for await (const _ of parts) count++
  return count
}

describe('a stream that is stopped raises an error with the sentence', () => {
  test('openai, chat completions', async () => {
    const { token } = await capped({ limit: 1_200 })
    const client = new OpenAI({
      baseURL: BASE,
      apiKey: token,
      maxRetries: 0,
      defaultHeaders: await headersOf(LONG),
    })
    const error = await raised(async () =>
      drain(await client.chat.completions.create({ model: 'grok-4.3', messages, stream: true })),
    )
    expect(error).toBeInstanceOf(APIError)
    expect((error as APIError).code).toBe('budget_exceeded')
    expect((error as APIError).message).toMatch(SENTENCE)
  })

  test('openai, responses', async () => {
    const { token } = await capped({ limit: 1_200 })
    const created = { type: 'response.created', response: { id: 'r-1', model: 'grok-4.3' } }
    const deltas = DELTAS.map((_, index) => ({
      type: 'response.output_text.delta',
      delta: `word ${index} `,
    }))
    const reply = stream(typedEvents([created, ...deltas]), { gapMs: 2 })
    const client = new OpenAI({
      baseURL: BASE,
      apiKey: token,
      maxRetries: 0,
      defaultHeaders: await headersOf(reply),
    })
    const error = await raised(async () =>
      drain(await client.responses.create({ model: 'grok-4.3', input: 'Hello', stream: true })),
    )
    expect((error as Error).message).toMatch(SENTENCE)
  })

  test('@anthropic-ai/sdk', async () => {
    const { token } = await capped({ limit: 1_200 })
    const start = {
      type: 'message_start',
      message: {
        id: 'm',
        type: 'message',
        role: 'assistant',
        model: 'grok-4.3',
        content: [],
        usage: { input_tokens: 10, output_tokens: 1 },
      },
    }
    const begin = {
      type: 'content_block_start',
      index: 0,
      content_block: { type: 'text', text: '' },
    }
    const deltas = DELTAS.map((_, index) => ({
      type: 'content_block_delta',
      index: 0,
      delta: { type: 'text_delta', text: `word ${index} ` },
    }))
    const reply = stream(typedEvents([start, begin, ...deltas]), { gapMs: 2 })
    const client = new Anthropic({
      baseURL: BASE.replace(/\/v1$/, ''),
      apiKey: token,
      maxRetries: 0,
      defaultHeaders: await headersOf(reply),
    })
    const error = await raised(async () =>
      drain(
        await client.messages.create({
          model: 'grok-4.3',
          max_tokens: 100,
          messages,
          stream: true,
        }),
      ),
    )
    expect((error as Error).message).toMatch(SENTENCE)
    expect((error as Error).message).toContain('billing_error')
  })

  test('@ai-sdk/xai', async () => {
    const { token } = await capped({ limit: 1_200 })
    const xai = createXai({ baseURL: BASE, apiKey: token, headers: await headersOf(LONG) })
    const errors: unknown[] = []
    const result = streamText({
      model: xai.chat('grok-4.3'),
      prompt: 'Hello',
      maxRetries: 0,
      onError: ({ error }) => void errors.push(error),
    })
    await drain(result.textStream).catch((error: unknown) => errors.push(error))
    await expect.poll(() => errors.length).toBeGreaterThan(0)
    expect(
      JSON.stringify(errors.map((error) => (error instanceof Error ? error.message : error))),
    ).toMatch(SENTENCE)
  })
})

describe('a request that is refused', () => {
  const refused = async () => {
    const { token } = await capped({ meter: 'cost', limit: 1 })
    const headers = await headersOf(json({}))
    return { token, headers, id: headers['x-grok-conv-id'] ?? '' }
  }

  test('402, on which no SDK tries again, and xAI hears nothing', async () => {
    const { token, headers, id } = await refused()
    const client = new OpenAI({
      baseURL: BASE,
      apiKey: token,
      maxRetries: 2,
      defaultHeaders: headers,
    })
    const error = await raised(() =>
      client.chat.completions.create({ model: 'grok-4.3', messages }),
    )
    expect(error).toMatchObject({
      status: 402,
      code: 'budget_exceeded',
      type: 'insufficient_quota',
    })
    expect((error as Error).message).toMatch(SENTENCE)
    const anthropic = new Anthropic({
      baseURL: BASE.replace(/\/v1$/, ''),
      apiKey: token,
      maxRetries: 2,
      defaultHeaders: headers,
    })
    const other = await raised(() =>
      anthropic.messages.create({ model: 'grok-4.3', max_tokens: 10, messages }),
    )
    expect(other).toMatchObject({ status: 402, error: { error: { type: 'billing_error' } } })
    const xai = createXai({ baseURL: BASE, apiKey: token, headers })
    const third = await raised(() =>
      generateText({ model: xai.chat('grok-4.3'), prompt: 'Hello', maxRetries: 2 }),
    )
    expect(APICallError.isInstance(third) && third.statusCode).toBe(402)
    expect((third as Error).message).toMatch(SENTENCE)
    expect(await seenBy(xaiUrl, id)).toEqual([])
  })
})

test('200 streams at once, of which a budget allows about 50: the bills stay below the limit and the bound', async () => {
  const BILL = USD / 100
  const { token, state } = await capped({ meter: 'cost', limit: 50 * BILL, action: 'refuse' })
  const usage = {
    prompt_tokens: 100,
    completion_tokens: 3_900,
    total_tokens: 4_000,
    cost_in_usd_ticks: BILL,
  }
  const last = { ...DELTAS[0], choices: [], usage }
  const reply = stream(events([...DELTAS.slice(0, 20), last, '[DONE]']), { gapMs: 10 })
  const headers = await headersOf(reply)
  const one = async (): Promise<{ status: number; id: string }> => {
    const response = await fetch(`${BASE}/chat/completions`, {
      method: 'POST',
      headers: { ...headers, authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: JSON.stringify({ model: 'grok-4.3', messages, stream: true }),
    })
    await response.text()
    return { status: response.status, id: response.headers.get('x-metrion-request-id') ?? '' }
  }
  // One that has ended tells what others like it cost.
  await rowOf(operator, (await one()).id)
  await expect.poll(async () => (await state()).spent).toBe(BILL)
  const answers = await Promise.all(Array.from({ length: 200 }, one))
  const passed = answers.filter(({ status }) => status === 200).length
  const refused = answers.filter(({ status }) => status === 402).length
  expect(passed + refused).toBe(200)
  await expect.poll(async () => (await state()).running, { timeout: 20_000 }).toBe(0)
  await expect
    .poll(async () => (await state()).spent, { timeout: 20_000 })
    .toBe((passed + 1) * BILL)
  const { spent, limit, mostOver } = await state()
  expect(spent).toBeLessThanOrEqual(limit + mostOver)
  // The budget is used, not held back.
  expect(passed + 1).toBeGreaterThanOrEqual(47)
})
