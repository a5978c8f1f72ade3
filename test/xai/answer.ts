import { ERRORS, UNPROCESSABLE } from './errors.ts'
import { answerOf } from './media.ts'
import { PLAIN } from './recordings.ts'
import { events, json, stream, text, type Reply, type Seen } from './reply.ts'
import { refuseBody } from './strict.ts'

/** Keys that the scripted xAI accepts; it refuses all others as xAI does. */
const isGoodKey = (key: string): boolean => /^xai-(?!bad)[A-Za-z0-9-]{8,}$/.test(key)

// Ticks per token, as xAI bills grok-4.3.
const PRICE = { input: 12_500, cached: 2_000, output: 25_000 }
const MODELS = ['grok-4.3', 'grok-4.6', 'grok-4.7']

/** What xAI answers where a test has scripted nothing: its checks, in its order, then an answer. */
export function answer(seen: Seen): Reply {
  const [, key] = /^Bearer (.+)$/.exec(seen.headers['authorization'] ?? '') ?? []
  if (key === undefined) return error('noKey')
  const path = seen.path.split('?')[0] ?? ''
  const unsupported = refuseBody(seen)
  if (unsupported) return unsupported
  if (path === '/v1/chat/completions') return chat(seen, key)
  if (!isGoodKey(key)) return error('badKey')
  if (path === '/v1/api-key')
    return json({ redacted_api_key: 'xai-…', ...identityOf(seen), team_blocked: false })
  if (path === '/v1/models') return json({ object: 'list', data: MODELS.map(model) })
  const id = /^\/v1\/models\/([^/]+)$/.exec(path)?.[1]
  if (id !== undefined) return MODELS.includes(id) ? json(model(id)) : error('unknownModel')
  return answerOf(seen, path) ?? error('notFound')
}

/** Every key is one of a team of its own. */
function identityOf({ headers }: Seen): { team_id: string; api_key_id: string } {
  const tail = (headers['authorization'] ?? '').slice(-12)
  return { team_id: `team-${tail}`, api_key_id: `id-${tail}` }
}

function error(name: keyof typeof ERRORS): Reply {
  const [status, body] = ERRORS[name]
  return json(body, status)
}

const model = (id: string): object => ({
  id,
  object: 'model',
  created: 1_758_000_000,
  owned_by: 'xai',
})

interface ChatRequest {
  model?: string
  messages?: { content: string }[]
  stream?: boolean
  stream_options?: { include_usage?: boolean }
}

function chat(seen: Seen, key: string): Reply {
  let request: ChatRequest
  try {
    request = JSON.parse(seen.body ?? '') as ChatRequest
  } catch {
    return text('Failed to parse the request body as JSON', 400)
  }
  if (!request.messages || !request.model) return text(UNPROCESSABLE, 422)
  if (!MODELS.includes(request.model)) return error('unknownModel')
  if (!isGoodKey(key)) return error('badKey')

  const words = ['Grok', ' says', ':', ' forty', '-two', ',', ' exactly', '.']
  const prompt = 20 + Math.ceil(JSON.stringify(request.messages).length / 4)
  const usage = {
    prompt_tokens: prompt,
    completion_tokens: words.length,
    total_tokens: prompt + words.length + 30,
    prompt_tokens_details: {
      text_tokens: prompt,
      audio_tokens: 0,
      image_tokens: 0,
      cached_tokens: 16,
    },
    completion_tokens_details: { ...PLAIN.usage.completion_tokens_details, reasoning_tokens: 30 },
    num_sources_used: 0,
    cost_in_usd_ticks:
      (prompt - 16) * PRICE.input + 16 * PRICE.cached + (words.length + 30) * PRICE.output,
  }
  const about = { id: crypto.randomUUID(), created: 1_790_980_232, model: request.model }
  const headers = {
    'x-request-id': crypto.randomUUID(),
    'x-ratelimit-limit-requests': '480',
    'set-cookie': '__cf_bm=planted; path=/',
  }
  if (!request.stream) {
    const message = { role: 'assistant', content: words.join(''), refusal: null }
    const choices = [{ index: 0, message, finish_reason: 'stop' }]
    return json(
      { ...about, object: 'chat.completion', choices, usage, service_tier: 'default' },
      200,
      headers,
    )
  }
  const chunk = { ...about, object: 'chat.completion.chunk' }
  const deltas = words.map((content, index) => ({
    ...chunk,
    choices: [{ index: 0, delta: index === 0 ? { content, role: 'assistant' } : { content } }],
  }))
  const last = { ...chunk, choices: [{ index: 0, delta: {}, finish_reason: 'stop' }] }
  const asked = request.stream_options?.include_usage === true
  const usageChunk = asked ? [{ ...chunk, choices: [], usage }] : []
  // A person's own pace, so that a demo can be watched and a caller can hang up in the middle.
  return stream(events([...deltas, last, ...usageChunk, '[DONE]']), { headers, gapMs: 40 })
}
