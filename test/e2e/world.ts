import '../provided.ts'
import OpenAI from 'openai'
import { inject } from 'vitest'
import { script } from '../xai/client.ts'
import type { Reply } from '../xai/reply.ts'
import { operatorOf } from './operator.ts'

export const xaiUrl = inject('xaiUrl')
export const workerUrl = inject('workerUrl')
export const operator = operatorOf(workerUrl, inject('cookie'))
export const XAI_KEY = 'xai-planted-secret-key-1234'

const created = await operator.call('POST', '/tokens', { name: 'e2e', scope: 'all' })
export const { token } = (await created.json()) as { token: string }
await operator.call('PUT', '/provider-keys/grok', { key: XAI_KEY })

/** An SDK's settings to reach xAI through Metrion, or without it. */
export interface Way {
  baseURL: string
  apiKey: string
  defaultHeaders: Record<string, string>
}

const BASES = [`${workerUrl}/api/proxy/grok`, `${workerUrl}/api/proxy/grok/v1`]

/** Straight to the scripted xAI, and each way through Metrion; all get the same scripted reply. */
export async function ways(
  reply: Reply | null,
): Promise<{ direct: Way; proxied: Record<string, Way> }> {
  const defaultHeaders: Record<string, string> =
    reply === null ? {} : { 'x-grok-conv-id': await script(xaiUrl, reply) }
  const passThrough = { ...defaultHeaders, 'x-metrion-token': token }
  return {
    direct: { baseURL: `${xaiUrl}/v1`, apiKey: XAI_KEY, defaultHeaders },
    proxied: {
      stored: { baseURL: BASES[0] ?? '', apiKey: token, defaultHeaders },
      'stored, /v1': { baseURL: BASES[1] ?? '', apiKey: token, defaultHeaders },
      'pass-through': { baseURL: BASES[1] ?? '', apiKey: XAI_KEY, defaultHeaders: passThrough },
    },
  }
}

export const openai = (way: Way): OpenAI => new OpenAI({ ...way, maxRetries: 0 })
