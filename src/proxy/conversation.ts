import type { ProxyRequest } from './request.ts'

export const CONVERSATION = 'x-grok-conv-id'

const encoder = new TextEncoder()

/**
 * The `x-grok-conv-id` of a request that has a session and none of its own. xAI caches prompts per server, and sends
 * requests of the same id to the same one: https://docs.x.ai/developers/advanced-api-usage/prompt-caching/maximizing-cache-hits
 * The id depends on the account and the session alone, and
 * tells xAI nothing about either. Null: none is to be sent.
 */
export async function conversationOf({
  request,
  endpoint,
  caller,
  exchange,
}: ProxyRequest): Promise<string | null> {
  const { accountId, session } = exchange.call
  if (session === null || !endpoint.cachesPrompts || !caller.settings.cacheAffinity) return null
  if (request.headers.has(CONVERSATION)) return null
  const algorithm = { name: 'HMAC', hash: 'SHA-256' }
  const key = await crypto.subtle.importKey('raw', encoder.encode(accountId), algorithm, false, [
    'sign',
  ])
  const signed = await crypto.subtle.sign('HMAC', key, encoder.encode(session))
  return [...new Uint8Array(signed, 0, 16)]
    .map((byte) => byte.toString(16).padStart(2, '0'))
    .join('')
}
