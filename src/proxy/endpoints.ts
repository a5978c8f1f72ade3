import { CHAT_MEMBERS, chatMeter, isUsageOnly } from '../metering/chat.ts'
import {
  batchMeter,
  MEDIA_MEMBERS,
  plainMeter,
  resultMeter,
  startMeter,
  transcriptMeter,
  videoMeter,
} from '../metering/media.ts'
import { MESSAGE_MEMBERS, messagesMeter } from '../metering/messages.ts'
import type { Pieces } from '../metering/pieces.ts'
import { RESPONSE_MEMBERS, responsesMeter } from '../metering/responses.ts'
import type { Meter } from '../metering/usage.ts'
import type { BodyFacts } from './facts.ts'
import {
  REALTIME_SOCKET,
  RESPONSES_SOCKET,
  SPEECH_SOCKET,
  TRANSCRIPT_SOCKET,
  type SocketKind,
} from './socket/kinds.ts'
import {
  countEdited,
  countGenerated,
  countText,
  describeEditedVideo,
  describeVideo,
  INPUT_IMAGES,
  oneSearch,
} from './pieces.ts'
import type { WorkKind } from '../ledger/work.ts'

/** What xAI serves under a path, and how it is metered. A new endpoint is a new row of the table. */
export interface Endpoint {
  methods: readonly string[]
  /** Null: nothing is billed. */
  meter: Meter | null
  /** The members that the meter reads, for answers too large to be parsed whole. */
  members: ReadonlySet<string>
  /** The body is JSON, and checked while it passes; any other goes through as it comes. */
  isJson: boolean
  /** xAI takes JSON alone, and has to be told that it is. */
  takesJson: boolean
  /** Members that the JSON body must have, each with an example for whoever forgot it. */
  required: Readonly<Record<string, string>>
  /** Members of the JSON body that the price depends on. */
  priced: readonly string[]
  /** Members of which only the number of items matters. */
  counted: readonly string[]
  /** What is billed by the piece, as far as the request says it. */
  piecesOf: ((facts: BodyFacts) => Pieces | null) | null
  /** A stream tells its usage only with `stream_options.include_usage`; such an event is hidden. */
  hiddenUsage: ((event: unknown) => boolean) | null
  /** An answer that is not JSON is sound, say, and whole when it ends. */
  isBinary: boolean
  /** The kind of work that may go on at xAI behind the answer. */
  starts: WorkKind | null
  /** It asks after work that another request began: the bill is that one's, and counts once. */
  asksAfterWork: boolean
  /** It repeats an answer that has been billed, unless that one broke off. */
  repeatsAnswer: boolean
  /** The answer is a page of results, each with a bill of its own. */
  hasResults: boolean
  /** How a WebSocket there is metered; null: there is none. */
  socket: SocketKind | null
  /** Why it is not served, and what to use instead. */
  refusal: string | null
  /** A setting of the account that lets it be served all the same. */
  allowedBy: 'clientSecrets' | null
}

const NONE: ReadonlySet<string> = new Set()
const MODEL = { model: '"model": "grok-4.3"' }
const MESSAGES = { ...MODEL, messages: '"messages": [{"role": "user", "content": "Hello"}]' }

const free = (...methods: string[]) => ({
  methods,
  meter: null,
  members: NONE,
  isJson: false,
  takesJson: false,
  required: {},
  priced: [] as string[],
  counted: [] as readonly string[],
  piecesOf: null,
  hiddenUsage: null,
  isBinary: false,
  starts: null,
  asksAfterWork: false,
  repeatsAnswer: false,
  hasResults: false,
  socket: null,
  refusal: null,
  allowedBy: null,
})

const metered = (meter: Meter, members: ReadonlySet<string>) => ({
  ...free('POST'),
  meter,
  members,
  isJson: true,
  takesJson: true,
})

/** Free, with a body that is JSON; it passes without a look. */
const freeJson = (...methods: string[]) => ({ ...free(...methods), takesJson: true })

const result = (meter: Meter, members: ReadonlySet<string>) => ({
  ...free('GET'),
  meter,
  members,
  asksAfterWork: true,
})

const refused = (refusal: string, ...methods: string[]) => ({ ...free(...methods), refusal })

const chat = {
  ...metered(chatMeter, CHAT_MEMBERS),
  hiddenUsage: isUsageOnly,
  starts: 'chat' as const,
}
const images = {
  ...metered(startMeter, MEDIA_MEMBERS),
  priced: ['n', 'quality', 'resolution'],
  counted: INPUT_IMAGES,
  starts: 'image' as const,
}
const videos = {
  ...metered(startMeter, MEDIA_MEMBERS),
  priced: ['resolution'],
  counted: INPUT_IMAGES,
  piecesOf: describeEditedVideo,
  starts: 'video' as const,
}
const ANYWHERE = 'what is spent there would pass Metrion by'

/**
 * By the path below /v1; with a method before it where others are served otherwise. Of several that match,
 * the one that takes the method.
 */
export const ENDPOINTS = {
  'chat/completions': { ...chat, required: MESSAGES },
  'chat/deferred-completion/{id}': result(chatMeter, CHAT_MEMBERS),
  responses: {
    ...metered(responsesMeter, RESPONSE_MEMBERS),
    required: { ...MODEL, input: '"input": "Hello"' },
    socket: RESPONSES_SOCKET,
    starts: 'response',
  },
  'responses/compact': metered(plainMeter, RESPONSE_MEMBERS),
  'responses/{id}': { ...result(responsesMeter, RESPONSE_MEMBERS), repeatsAnswer: true },
  'DELETE responses/{id}': free('DELETE'),
  'responses/{id}/input_items': free('GET'),
  completions: { ...chat, required: { ...MODEL, prompt: '"prompt": "Hello"' } },
  messages: { ...metered(messagesMeter, MESSAGE_MEMBERS), required: MESSAGES },
  complete: refused('xAI reports no usage of it; use messages or chat/completions', 'POST'),
  embeddings: {
    ...metered(plainMeter, MEDIA_MEMBERS),
    required: { ...MODEL, input: '"input": "Hello"' },
  },
  'tokenize-text': freeJson('POST'),
  'documents/search': { ...metered(plainMeter, MEDIA_MEMBERS), piecesOf: oneSearch },
  'images/generations': {
    ...images,
    required: { prompt: '"prompt": "A lighthouse"' },
    piecesOf: countGenerated,
  },
  'images/edits': { ...images, piecesOf: countEdited },
  'images/{id}': result(resultMeter, MEDIA_MEMBERS),
  'videos/generations': { ...videos, piecesOf: describeVideo },
  'videos/edits': videos,
  'videos/extensions': videos,
  'videos/{id}': result(videoMeter, MEDIA_MEMBERS),
  batches: { ...metered(batchMeter, MEDIA_MEMBERS), starts: 'batch' },
  'GET batches': free('GET'),
  'batches/{id}': free('GET'),
  'batches/{id}:cancel': freeJson('POST'),
  'batches/{id}/requests': freeJson('GET', 'POST'),
  'batches/{id}/results': { ...result(plainMeter, NONE), hasResults: true },
  tts: {
    ...metered(plainMeter, MEDIA_MEMBERS),
    required: { text: '"text": "Hello"' },
    priced: ['text'],
    piecesOf: countText,
    isBinary: true,
    socket: SPEECH_SOCKET,
  },
  'tts/voices': free('GET'),
  'tts/voices/{id}': free('GET'),
  'custom-voices': free('GET', 'POST'),
  'custom-voices/{id}': free('GET', 'PATCH', 'DELETE'),
  'custom-voices/{id}/audio': free('GET'),
  stt: {
    ...metered(transcriptMeter, MEDIA_MEMBERS),
    isJson: false,
    takesJson: false,
    socket: TRANSCRIPT_SOCKET,
  },
  realtime: { ...free(), socket: REALTIME_SOCKET },
  'realtime/calls/{id}/refer': freeJson('POST'),
  'realtime/calls/{id}/hangup': freeJson('POST'),
  files: free('GET', 'POST'),
  'files/{id}': free('GET', 'DELETE'),
  'files/{id}/content': free('GET'),
  'files/{id}/public-url': refused(`${ANYWHERE}; download files/{id}/content instead`, 'POST'),
  'files/{id}/public-url/revoke': free('POST'),
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
  'api-key': free('GET'),
  me: free('GET'),
  skills: free('GET'),
  'skills/{id}': free('GET'),
  'realtime/client_secrets': {
    ...refused(
      `${ANYWHERE}; let the browser speak through Metrion, or have an owner allow it under Settings`,
      'POST',
    ),
    takesJson: true,
    allowedBy: 'clientSecrets',
  },
} as const satisfies Record<string, Endpoint>
