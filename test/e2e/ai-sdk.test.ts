import { createOpenAICompatible } from '@ai-sdk/openai-compatible'
import { createXai } from '@ai-sdk/xai'
import { APICallError, generateText, streamText, type LanguageModel } from 'ai'
import { expect, test } from 'vitest'
import { ERRORS } from '../xai/errors.ts'
import { PLAIN, STREAM_CHUNKS, STREAM_USAGE } from '../xai/recordings.ts'
import { events, json, stream } from '../xai/reply.ts'
import { ways, type Way } from './world.ts'

const SDKS: Record<string, (way: Way) => LanguageModel> = {
  '@ai-sdk/xai': ({ baseURL, apiKey, defaultHeaders }) =>
    createXai({ baseURL, apiKey, headers: defaultHeaders }).chat('grok-4.3'),
  '@ai-sdk/openai-compatible': ({ baseURL, apiKey, defaultHeaders }) =>
    createOpenAICompatible({ name: 'xai', baseURL, apiKey, headers: defaultHeaders })('grok-4.3'),
}

async function generate(model: LanguageModel): Promise<object> {
  const { text, reasoningText, usage, finishReason } = await generateText({
    model,
    prompt: 'Hello',
    maxRetries: 0,
  })
  return { text, reasoningText, usage, finishReason }
}

async function streams(model: LanguageModel): Promise<object> {
  const result = streamText({ model, prompt: 'Hello', maxRetries: 0 })
  const parts: string[] = []
  for await (const part of result.textStream) parts.push(part)
  return { parts, usage: await result.usage, finishReason: await result.finishReason }
}

async function fails(model: LanguageModel): Promise<object> {
  const error: unknown = await generateText({ model, prompt: 'Hello', maxRetries: 0 }).catch(
    (reason: unknown) => reason,
  )
  if (!APICallError.isInstance(error)) throw new Error('not an APICallError')
  return {
    message: error.message,
    status: error.statusCode,
    body: error.responseBody,
    retry: error.isRetryable,
  }
}

test.each(Object.entries(SDKS))('%s sees the same through Metrion', async (_, sdk) => {
  const cases = [
    [json(PLAIN), generate],
    [stream(events([...STREAM_CHUNKS, STREAM_USAGE, '[DONE]'])), streams],
    [json(ERRORS.badKey[1], 400), fails],
    [json(ERRORS.rateLimited[1], 429), fails],
    [json(ERRORS.unavailable[1], 503), fails],
  ] as const
  for (const [reply, run] of cases) {
    const { direct, proxied } = await ways(reply)
    const expected = await run(sdk(direct))
    for (const way of Object.values(proxied)) {
      const seen = await run(sdk(way))
      // openai-compatible does not ask for usage, so only a caller of xAI itself is shown it unasked.
      if (run === streams && _ === '@ai-sdk/openai-compatible') {
        expect({ ...seen, usage: null }).toEqual({ ...expected, usage: null })
      } else expect(seen).toEqual(expected)
    }
  }
})
