// Answers of the endpoints for pictures, sound, files and lists, in the shapes of xAI's OpenAPI and clients.
import { ANTHROPIC, ANTHROPIC_EVENTS, RESPONSE, RESPONSE_EVENTS, terminal } from './responses.ts'
import { bytes, json, stream, typedEvents, type Reply, type Seen } from './reply.ts'

/** One image of `grok-imagine-image`: $0.02. */
export const IMAGE = {
  data: [
    {
      url: 'https://imgen.x.ai/xai-imgen/xai-tmp-imgen-1.jpeg',
      mime_type: 'image/jpeg',
      revised_prompt: '',
    },
  ],
  usage: { cost_in_usd_ticks: 200000000 },
}

export const EMBEDDINGS = {
  object: 'list',
  data: [{ object: 'embedding', index: 0, embedding: [0.01, -0.02] }],
  model: 'v1',
  usage: { prompt_tokens: 7, total_tokens: 7 },
}

export const COMPLETION = {
  id: '5a5f0d3c-75b2-4a35-9f5c-8e7f1a2b3c4d',
  object: 'text_completion',
  created: 1790980232,
  model: 'grok-4.3',
  choices: [{ index: 0, text: ' ok', finish_reason: 'stop' }],
  usage: {
    prompt_tokens: 100,
    completion_tokens: 2,
    total_tokens: 102,
    prompt_tokens_details: { cached_tokens: 0 },
    completion_tokens_details: { reasoning_tokens: 0 },
    cost_in_usd_ticks: 1300000,
  },
}

export const TRANSCRIPT = { text: 'Hello there', language: 'en', duration: 7.2, words: [] }

export const COMPACTED = {
  id: 'cmp_1',
  object: 'response.compaction',
  model: 'grok-4.3',
  output: [],
  usage: { input_tokens: 1000, output_tokens: 50, total_tokens: 1050, dropped_message_count: 12 },
}

const FILE = {
  id: 'file_5f3b',
  object: 'file',
  bytes: 5,
  created_at: 1790980232,
  filename: 'a.txt',
  purpose: 'assistants',
}

const PRICES = {
  id: 'grok-4.3',
  object: 'model',
  created: 1758000000,
  owned_by: 'xai',
  version: '1.0',
  input_modalities: ['text'],
  output_modalities: ['text'],
  prompt_text_token_price: 12500,
  cached_prompt_text_token_price: 2000,
  completion_text_token_price: 25000,
  aliases: ['grok-4.3-latest'],
}

const wants = (seen: Seen, name: string): unknown => {
  try {
    return (JSON.parse(seen.body ?? '{}') as Record<string, unknown>)[name]
  } catch {
    return undefined
  }
}

/** Polls of each video so far: the first finds it under way. */
const polls = new Map<string, number>()

function video(seen: Seen): Reply {
  const id = seen.path.split('/').at(-1) ?? ''
  const asked = (polls.get(id) ?? 0) + 1
  polls.set(id, asked)
  if (asked === 1) return json({ status: 'pending', progress: 40 }, 202)
  return json({
    status: 'done',
    model: 'grok-imagine-video',
    video: {
      url: 'https://vidgen.x.ai/xai-vidgen-bucket/1.mp4',
      duration: 8,
      respect_moderation: true,
    },
    usage: { cost_in_usd_ticks: 4_000_000_000 },
  })
}

/** By method and path below /v1. */
const ANSWERS: Readonly<Record<string, (seen: Seen) => Reply>> = {
  'POST responses': (seen) => {
    const model = wants(seen, 'model')
    if (wants(seen, 'stream') !== true) return json({ ...RESPONSE, model })
    return stream(typedEvents([...RESPONSE_EVENTS, terminal('completed', { model })]))
  },
  'POST responses/compact': () => json(COMPACTED),
  'POST completions': () => json(COMPLETION),
  'POST messages': (seen) =>
    wants(seen, 'stream') === true ? stream(typedEvents(ANTHROPIC_EVENTS)) : json(ANTHROPIC),
  'POST embeddings': () => json(EMBEDDINGS),
  'POST tokenize-text': () =>
    json({ token_ids: [{ token_id: 1, string_token: 'Hi', token_bytes: [72, 105] }] }),
  'POST documents/search': () => json({ matches: [] }),
  'POST images/generations': () => json(IMAGE),
  'POST images/edits': () => json(IMAGE),
  'POST videos/generations': () => json({ request_id: crypto.randomUUID() }),
  'GET videos/{id}': video,
  'POST tts': () => bytes(new Uint8Array(3_000).fill(0xff), 'audio/mpeg'),
  'POST realtime/client_secrets': () => json({ value: 'xai-secret-1', expires_at: 1790980832 }),
  'POST stt': () => json(TRANSCRIPT),
  'GET tts/voices': () => json({ voices: [] }),
  'POST files': () => json(FILE),
  'GET files': () => json({ object: 'list', data: [FILE] }),
  'GET files/{id}': () => json(FILE),
  'DELETE files/{id}': () => json({ id: FILE.id, deleted: true }),
  'GET files/{id}/content': () =>
    bytes(new Uint8Array(2_000_000).fill(7), 'application/octet-stream'),
  'GET responses/{id}': () => json(RESPONSE),
  'DELETE responses/{id}': () => json({ id: RESPONSE.id, object: 'response', deleted: true }),
  'GET responses/{id}/input_items': () => json({ object: 'list', data: [] }),
  'GET language-models': () => json({ models: [PRICES] }),
  'GET image-generation-models': () => json({ models: [] }),
  'GET video-generation-models': () => json({ models: [] }),
  'GET embedding-models': () => json({ models: [] }),
  'GET me': () => json({ team_id: '5f3b' }),
}

const patterns = Object.entries(ANSWERS).map(([route, answer]) => {
  const [method = '', path = ''] = route.split(' ')
  return { method, pattern: new RegExp(`^/v1/${path.replaceAll(/\{\w+\}/g, '[^/]+')}$`), answer }
})

/** Null: no such endpoint here. */
export function answerOf(seen: Seen, path: string): Reply | null {
  const found = patterns.find(({ method, pattern }) => method === seen.method && pattern.test(path))
  return found?.answer(seen) ?? null
}
