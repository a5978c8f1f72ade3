import { json, type Reply } from '../../xai/reply.ts'

/** 100 prompt tokens, 20 of them cached, 10 of completion and 30 of reasoning, on grok-4.3. */
export const TICKS = 2_040_000
export const USAGE = {
  prompt_tokens: 100,
  completion_tokens: 10,
  total_tokens: 140,
  prompt_tokens_details: { cached_tokens: 20 },
  completion_tokens_details: { reasoning_tokens: 30 },
}
/** The same in the dialect of responses. */
export const RESPONSE_USAGE = {
  input_tokens: 100,
  input_tokens_details: { cached_tokens: 20 },
  output_tokens: 40,
  output_tokens_details: { reasoning_tokens: 30 },
  total_tokens: 140,
}
export const TOKENS = {
  inputTokens: 100,
  cachedTokens: 20,
  outputTokens: 40,
  reasoningTokens: 30,
}

const CHOICES = [
  { index: 0, message: { role: 'assistant', content: 'Hello' }, finish_reason: 'stop' },
]
const CHAT = { id: 'c', object: 'chat.completion', model: 'grok-4.3' }

export const answerWith = (usage: unknown, more: object = {}): object => ({
  ...CHAT,
  choices: CHOICES,
  usage,
  ...more,
})
/** A plain chat answer with this usage. */
export const chatWith = (usage: unknown, more: object = {}): Reply => json(answerWith(usage, more))

export const chunk = (delta: object, more: object = {}): object => ({
  ...CHAT,
  object: 'chat.completion.chunk',
  choices: [{ index: 0, delta }],
  ...more,
})
export const lastChunk = {
  ...CHAT,
  object: 'chat.completion.chunk',
  choices: [{ index: 0, delta: {}, finish_reason: 'stop' }],
}
export const usageChunk = (usage: unknown, more: object = {}): object => ({
  ...CHAT,
  object: 'chat.completion.chunk',
  choices: [],
  usage,
  ...more,
})
