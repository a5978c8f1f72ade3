// Literal answers of api.x.ai, from public recordings; long texts shortened, numbers as they came.

const TWO_TURNS = {
  id: '53ae0d64-4f1a-b4e2-9517-9d20013a1c9c',
  object: 'chat.completion.chunk',
  created: 1773345550,
  model: 'grok-4-fast-reasoning',
}
const FINGERPRINT = { system_fingerprint: 'fp_3d7ed3b779' }

/** `grok-3-mini`, plain; 12 prompt, 1 + 228 completion, $0.00011765. */
export const PLAIN = {
  id: '2af5c888-e886-6dcb-7844-95f8fe010b00',
  object: 'chat.completion',
  created: 1770774046,
  model: 'grok-3-mini',
  choices: [
    {
      index: 0,
      message: {
        role: 'assistant',
        content: 'Hello',
        reasoning_content: 'First, the user said: …',
        refusal: null,
      },
      finish_reason: 'stop',
    },
  ],
  usage: {
    prompt_tokens: 12,
    completion_tokens: 1,
    total_tokens: 241,
    prompt_tokens_details: { text_tokens: 12, audio_tokens: 0, image_tokens: 0, cached_tokens: 2 },
    completion_tokens_details: {
      reasoning_tokens: 228,
      audio_tokens: 0,
      accepted_prediction_tokens: 0,
      rejected_prediction_tokens: 0,
    },
    num_sources_used: 0,
    cost_in_usd_ticks: 1176500,
  },
  system_fingerprint: 'fp_2a885414fb',
}

/** The usage-only chunk that ends a stream whose caller asked for usage. */
export const STREAM_USAGE = {
  ...TWO_TURNS,
  choices: [],
  usage: {
    prompt_tokens: 165,
    completion_tokens: 2,
    total_tokens: 296,
    prompt_tokens_details: {
      text_tokens: 165,
      audio_tokens: 0,
      image_tokens: 0,
      cached_tokens: 164,
    },
    completion_tokens_details: {
      reasoning_tokens: 129,
      audio_tokens: 0,
      accepted_prediction_tokens: 0,
      rejected_prediction_tokens: 0,
    },
    num_sources_used: 0,
    cost_in_usd_ticks: 739000,
  },
  ...FINGERPRINT,
}

/** `grok-4-fast`, streamed: "Olá!"; without its usage-only chunk and [DONE]. */
export const STREAM_CHUNKS: readonly object[] = [
  {
    ...TWO_TURNS,
    choices: [{ index: 0, delta: { content: 'Olá', role: 'assistant' } }],
    ...FINGERPRINT,
  },
  { ...TWO_TURNS, choices: [{ index: 0, delta: { content: '!' } }], ...FINGERPRINT },
  { ...TWO_TURNS, choices: [{ index: 0, delta: {}, finish_reason: 'stop' }], ...FINGERPRINT },
]

const TOOLS = {
  id: 'de9d896d-6f1b-2f7c-a1f5-0d6a2b6a7c11',
  object: 'chat.completion.chunk',
  created: 1770774064,
  model: 'grok-3-mini',
}
const TOOLS_END = { system_fingerprint: 'fp_2a885414fb' }
const TOOL_CALL = {
  id: 'call_55117580',
  function: { name: 'weather', arguments: '{"location":"San Francisco"}' },
  index: 0,
  type: 'function',
}

/** `grok-3-mini`, streamed: reasoning, then a tool call, whole in one chunk. */
export const TOOL_CHUNKS: readonly object[] = [
  {
    ...TOOLS,
    choices: [{ index: 0, delta: { reasoning_content: 'First', role: 'assistant' } }],
    ...TOOLS_END,
  },
  { ...TOOLS, choices: [{ index: 0, delta: { reasoning_content: ',' } }], ...TOOLS_END },
  { ...TOOLS, choices: [{ index: 0, delta: { tool_calls: [TOOL_CALL] } }], ...TOOLS_END },
  { ...TOOLS, choices: [{ index: 0, delta: {}, finish_reason: 'tool_calls' }], ...TOOLS_END },
]

export const TOOL_USAGE = {
  ...TOOLS,
  choices: [],
  usage: {
    prompt_tokens: 291,
    completion_tokens: 26,
    total_tokens: 513,
    prompt_tokens_details: {
      text_tokens: 291,
      audio_tokens: 0,
      image_tokens: 0,
      cached_tokens: 290,
    },
    completion_tokens_details: {
      reasoning_tokens: 196,
      audio_tokens: 0,
      accepted_prediction_tokens: 0,
      rejected_prediction_tokens: 0,
    },
    num_sources_used: 0,
    cost_in_usd_ticks: 1330500,
  },
  ...TOOLS_END,
}

/** `grok-3-mini`, plain, with a tool call. */
export const TOOL_PLAIN = {
  id: '7c1f0a52-33bb-9b0e-5d2e-0f5b1c1c9a01',
  object: 'chat.completion',
  created: 1770774060,
  model: 'grok-3-mini',
  choices: [
    {
      index: 0,
      message: {
        role: 'assistant',
        content: '',
        reasoning_content: 'The user asks for the weather.',
        tool_calls: [
          {
            id: 'call_93562515',
            function: { name: 'weather', arguments: '{"location":"San Francisco"}' },
            type: 'function',
          },
        ],
        refusal: null,
      },
      finish_reason: 'tool_calls',
    },
  ],
  usage: {
    prompt_tokens: 291,
    completion_tokens: 26,
    total_tokens: 506,
    prompt_tokens_details: {
      text_tokens: 291,
      audio_tokens: 0,
      image_tokens: 0,
      cached_tokens: 244,
    },
    completion_tokens_details: {
      reasoning_tokens: 189,
      audio_tokens: 0,
      accepted_prediction_tokens: 0,
      rejected_prediction_tokens: 0,
    },
    num_sources_used: 0,
    cost_in_usd_ticks: 1399000,
  },
  system_fingerprint: 'fp_2a885414fb',
}

const OLD = {
  id: '0e4f1c3a',
  object: 'chat.completion.chunk',
  created: 1735689600,
  model: 'grok-3',
}
const oldUsage = (completion: number): object => ({
  prompt_tokens: 20,
  completion_tokens: completion,
  total_tokens: 20 + completion,
})

/** The shape of 2024 and 2025: cumulative usage in every chunk, no usage-only one, no bill. */
export const CUMULATIVE_CHUNKS: readonly object[] = [
  {
    ...OLD,
    choices: [{ index: 0, delta: { content: 'One', role: 'assistant' } }],
    usage: oldUsage(1),
  },
  { ...OLD, choices: [{ index: 0, delta: { content: ' two' } }], usage: oldUsage(2) },
  {
    ...OLD,
    choices: [{ index: 0, delta: { content: ' three' }, finish_reason: 'stop' }],
    usage: oldUsage(3),
    citations: ['https://x.ai/'],
  },
]
