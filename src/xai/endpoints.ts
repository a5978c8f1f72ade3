import { CHAT_MEMBERS, chatMeter, isUsageOnly } from './meters/chat.ts'
import {
  batchMeter,
  compactMeter,
  embeddingsMeter,
  imagesMeter,
  MEDIA_MEMBERS,
  plainMeter,
  resultMeter,
  searchMeter,
  soundMeter,
  startVideoMeter,
  transcriptMeter,
  videoMeter,
} from './meters/media.ts'
import { MESSAGE_MEMBERS, messagesMeter } from './meters/messages.ts'
import { RESPONSE_MEMBERS, responsesMeter } from './meters/responses.ts'
import { OUTPUT_LIMITS } from './body-facts.ts'
import type { Endpoint } from './endpoint.ts'
import {
  free,
  freeJson,
  metered,
  NONE,
  OWN,
  refused,
  result,
  UPLOAD,
  WHOLE,
} from './endpoint-kinds.ts'
import { REALTIME_SOCKET, RESPONSES_SOCKET, SPEECH_SOCKET, TRANSCRIPT_SOCKET } from './sockets.ts'
import {
  countEdited,
  countGenerated,
  countText,
  describeEditedVideo,
  describeVideo,
  INPUT_IMAGES,
  oneSearch,
  VIDEO_LENGTH,
} from './billable-units.ts'

const MODEL = { model: '"model": "grok-4.3"' }
const MESSAGES = { ...MODEL, messages: '"messages": [{"role": "user", "content": "Hello"}]' }

const chat = {
  ...metered(chatMeter, CHAT_MEMBERS),
  limits: OUTPUT_LIMITS,
  cachesPrompts: true,
  varying: ['content', 'reasoning_content', 'text'],
  hiddenUsage: isUsageOnly,
  starts: 'chat' as const,
  makes: 'work' as const,
}
const images = {
  ...metered(imagesMeter, MEDIA_MEMBERS),
  priced: ['n', 'quality', 'resolution'],
  counted: INPUT_IMAGES,
  starts: 'image' as const,
  makes: 'work' as const,
}
const videos = {
  ...metered(startVideoMeter, MEDIA_MEMBERS),
  priced: ['resolution', VIDEO_LENGTH],
  counted: INPUT_IMAGES,
  unitsOf: describeEditedVideo,
  starts: 'video' as const,
  makes: 'work' as const,
}
const ANYWHERE = 'what is spent there would pass Metrion by'

/**
 * Keyed by the path below /v1, with a method in front if other methods of the path are served differently.
 * If several keys match, the one that takes the method is used.
 */
export const ENDPOINTS = {
  'chat/completions': { ...chat, required: MESSAGES },
  'chat/deferred-completion/{id}': {
    ...result(chatMeter, CHAT_MEMBERS),
    isHandedOutOnce: true,
  },
  responses: {
    ...metered(responsesMeter, RESPONSE_MEMBERS),
    limits: OUTPUT_LIMITS,
    cachesPrompts: true,
    required: { ...MODEL, input: '"input": "Hello"' },
    socket: RESPONSES_SOCKET,
    starts: 'response',
    makes: 'answer',
  },
  'responses/compact': metered(compactMeter, RESPONSE_MEMBERS),
  'responses/{id}': { ...result(responsesMeter, RESPONSE_MEMBERS), repeatsAnswer: true },
  'DELETE responses/{id}': { ...free('DELETE'), ...OWN },
  'responses/{id}/input_items': { ...free('GET'), ...OWN },
  completions: { ...chat, required: { ...MODEL, prompt: '"prompt": "Hello"' } },
  messages: {
    ...metered(messagesMeter, MESSAGE_MEMBERS),
    limits: OUTPUT_LIMITS,
    cachesPrompts: true,
    varying: ['text', 'thinking'],
    required: MESSAGES,
  },
  complete: refused('xAI reports no usage of it; use messages or chat/completions', 'POST'),
  embeddings: {
    ...metered(embeddingsMeter, MEDIA_MEMBERS),
    required: { ...MODEL, input: '"input": "Hello"' },
  },
  'tokenize-text': { ...freeJson('POST'), models: 'one' },
  'documents/search': {
    ...metered(searchMeter, MEDIA_MEMBERS),
    models: 'none',
    unitsOf: oneSearch,
  },
  'images/generations': {
    ...images,
    required: { prompt: '"prompt": "A lighthouse"' },
    unitsOf: countGenerated,
  },
  'images/edits': { ...images, unitsOf: countEdited },
  'images/{id}': result(resultMeter, MEDIA_MEMBERS),
  'videos/generations': { ...videos, unitsOf: describeVideo },
  'videos/edits': videos,
  'videos/extensions': videos,
  'videos/{id}': result(videoMeter, MEDIA_MEMBERS),
  batches: {
    ...metered(batchMeter, MEDIA_MEMBERS),
    models: 'items',
    starts: 'batch',
    makes: 'work',
  },
  'GET batches': { ...free('GET'), ...WHOLE },
  'batches/{id}': { ...free('GET'), ...OWN },
  'batches/{id}:cancel': { ...freeJson('POST'), ...OWN },
  'batches/{id}/requests': { ...freeJson('GET', 'POST'), ...OWN, models: 'items' },
  'batches/{id}/results': { ...result(plainMeter, NONE), hasResults: true },
  tts: {
    ...metered(soundMeter, MEDIA_MEMBERS),
    models: 'none',
    required: { text: '"text": "Hello"' },
    priced: ['text'],
    unitsOf: countText,
    isBinary: true,
    socket: SPEECH_SOCKET,
  },
  'tts/voices': free('GET'),
  'tts/voices/{id}': free('GET'),
  'custom-voices': { ...free('POST'), ...UPLOAD },
  'GET custom-voices': { ...free('GET'), ...WHOLE },
  'custom-voices/{id}': { ...free('GET', 'DELETE'), ...OWN },
  'PATCH custom-voices/{id}': { ...freeJson('PATCH'), ...OWN },
  'custom-voices/{id}/audio': { ...free('GET'), ...OWN },
  stt: {
    ...metered(transcriptMeter, MEDIA_MEMBERS),
    isJson: false,
    takesJson: false,
    models: 'none',
    socket: TRANSCRIPT_SOCKET,
  },
  realtime: { ...free(), socket: REALTIME_SOCKET },
  // Calls come in from outside, so no token has created them.
  'realtime/calls/{id}/refer': { ...freeJson('POST'), ...WHOLE },
  'realtime/calls/{id}/hangup': { ...freeJson('POST'), ...WHOLE },
  files: { ...free('POST'), ...UPLOAD },
  'GET files': { ...free('GET'), ...WHOLE },
  'files/{id}': { ...free('GET', 'DELETE'), ...OWN },
  'files/{id}/content': { ...free('GET'), ...OWN },
  'files/{id}/public-url': refused(`${ANYWHERE}; download files/{id}/content instead`, 'POST'),
  'files/{id}/public-url/revoke': { ...freeJson('POST'), ...OWN },
  models: free('GET'),
  'models/{id}': free('GET'),
  'language-models': free('GET'),
  'language-models/{id}': free('GET'),
  'image-generation-models': free('GET'),
  'image-generation-models/{id}': free('GET'),
  'video-generation-models': free('GET'),
  'video-generation-models/{id}': free('GET'),
  'embedding-models': free('GET'),
  'embedding-models/{id}': free('GET'),
  'api-key': { ...free('GET'), ...WHOLE },
  me: { ...free('GET'), ...WHOLE },
  skills: { ...free('GET'), ...WHOLE },
  'skills/{id}': { ...free('GET'), ...WHOLE },
  'realtime/client_secrets': {
    ...refused(
      `${ANYWHERE}; let the browser speak through Metrion, or have an owner allow it under Settings`,
      'POST',
    ),
    takesJson: true,
    models: 'hidden',
    allowedBy: 'clientSecrets',
  },
} as const satisfies Record<string, Endpoint>

/** Without the methods: as a row, a refusal and a token's limits name them. */
export const ENDPOINT_NAMES: readonly string[] = [
  ...new Set(Object.keys(ENDPOINTS).map((key) => key.replace(/^[A-Z]+ /, ''))),
]
