import { expect, test } from 'vitest'
import { script, seenBy } from '../../xai/client.ts'
import { events, stream, typedEvents } from '../../xai/reply.ts'
import { chatInit, CHAT, fetchWorker, makeAccount, rowOf, xaiUrl, type Account } from '../world.ts'
import { budgetOf, createBudget } from './world.ts'

const EVENTS = 2_000
const GAP_MS = 4

const delta = (index: number) => ({
  id: 'chat-1',
  object: 'chat.completion.chunk',
  model: 'grok-4.3',
  choices: [{ index: 0, delta: { content: `word ${index} ` }, finish_reason: null }],
})
const DELTAS = Array.from({ length: EVENTS }, (_, index) => delta(index))

/** A long stream, of which a budget of tokens allows a part. */
async function longStream(account: Account, path: string, chunks: string[], body: object) {
  const id = await script(xaiUrl, stream(chunks, { gapMs: GAP_MS }))
  const response = await fetchWorker(
    `/api/proxy/grok/v1/${path}`,
    chatInit(account.token, body, { 'x-grok-conv-id': id }),
  )
  expect(response.status).toBe(200)
  return { response, text: await response.text(), id }
}

const dataOf = (text: string): unknown[] =>
  text
    .split('\n')
    .filter((line) => line.startsWith('data: {'))
    .map((line) => JSON.parse(line.slice(6)) as unknown)

test.each([
  ['usage asked for', { ...CHAT, stream: true, stream_options: { include_usage: true } }],
  ['usage hidden', { ...CHAT, stream: true, max_tokens: 20 }],
])('a chat is stopped, xAI hears of it, and the row says so: %s', async (_, body) => {
  const account = await makeAccount()
  const budget = await createBudget(account, { meter: 'tokens', limit: 1_300, action: 'stop' })
  const { response, text, id } = await longStream(account, 'chat/completions', events(DELTAS), body)
  const seen = dataOf(text) as {
    choices: { finish_reason: string }[]
    error?: { code: string; message: string }
  }[]
  // What passed before is what xAI sent.
  expect(text.startsWith(events(DELTAS.slice(0, 50)).join(''))).toBe(true)
  expect(seen.slice(0, -2)).toEqual(DELTAS.slice(0, seen.length - 2))
  expect(seen.at(-2)).toEqual({ error: seen.at(-1)?.error })
  expect(seen.at(-1)).toMatchObject({
    error: { code: 'budget_exceeded', type: 'insufficient_quota' },
    choices: [{ index: 0, delta: {}, finish_reason: 'error' }],
  })
  expect(seen.at(-1)?.error?.message).toContain('the budget “month” does not have the ')
  expect(text.endsWith('data: [DONE]\n\n')).toBe(true)
  expect(seen.length).toBeLessThan(EVENTS)
  const row = await rowOf(account, response)
  expect(row).toMatchObject({
    outcome: 'stopped',
    costBasis: 'estimated',
    errorCode: 'budget_exceeded',
    status: 200,
  })
  await expect.poll(async () => (await seenBy(xaiUrl, id))[0]?.hungUp).toBe(true)
  await expect.poll(async () => (await budgetOf(account, budget.id)).state[0]?.running).toBe(0)
  const [state] = (await budgetOf(account, budget.id)).state
  expect(state!.spent).toBe(Number(row['inputTokens']) + Number(row['outputTokens']))
  expect(state!.spent).toBeGreaterThan(1_000)
  expect(state!.spent).toBeLessThanOrEqual(state!.limit + state!.mostOver)
})

test('messages end with an error event of their own', async () => {
  const account = await makeAccount()
  await createBudget(account, { meter: 'tokens', limit: 1_200, action: 'stop' })
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
  const deltas = DELTAS.map((_, index) => ({
    type: 'content_block_delta',
    index: 0,
    delta: { type: 'text_delta', text: `word ${index} ` },
  }))
  const body = { ...CHAT, max_tokens: 100, stream: true }
  const { text, response } = await longStream(
    account,
    'messages',
    typedEvents([start, ...deltas]),
    body,
  )
  expect(dataOf(text).at(-1)).toMatchObject({
    type: 'error',
    error: { type: 'billing_error', code: 'budget_exceeded' },
  })
  expect(text).toContain('event: error\n')
  expect(await rowOf(account, response)).toMatchObject({
    outcome: 'stopped',
    costBasis: 'estimated',
  })
})

test('responses end with an error event', async () => {
  const account = await makeAccount()
  await createBudget(account, { meter: 'tokens', limit: 1_200, action: 'stop' })
  const created = { type: 'response.created', response: { id: 'r-1', model: 'grok-4.3' } }
  const deltas = DELTAS.map((_, index) => ({
    type: 'response.output_text.delta',
    delta: `word ${index} `,
  }))
  const body = { model: 'grok-4.3', input: 'Hello', stream: true }
  const { text, response } = await longStream(
    account,
    'responses',
    typedEvents([created, ...deltas]),
    body,
  )
  expect(dataOf(text).at(-1)).toMatchObject({ type: 'error', code: 'budget_exceeded' })
  expect(await rowOf(account, response)).toMatchObject({ outcome: 'stopped' })
})

test('a budget that refuses lets running streams end', async () => {
  const account = await makeAccount()
  await createBudget(account, { meter: 'tokens', limit: 1_300, action: 'refuse' })
  const short = events([...DELTAS.slice(0, 300), '[DONE]'])
  const { text, response } = await longStream(account, 'chat/completions', short, {
    ...CHAT,
    stream: true,
  })
  expect(text).toBe(short.join(''))
  await rowOf(account, response)
})
