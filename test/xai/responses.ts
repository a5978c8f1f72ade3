// Literal answers of /v1/responses and /v1/messages, from public recordings; long texts shortened.

/** `grok-4.3`, plain; 197 input of which 192 cached, 101 output of which 100 reasoning: $0.00029715. */
export const RESPONSE = {
  created_at: 1790285736,
  completed_at: 1790285737,
  id: '0d316f05-1111-4222-8333-444455556666',
  max_output_tokens: null,
  model: 'grok-4.3',
  object: 'response',
  output: [
    {
      id: 'rs_0d316f05',
      summary: [{ text: 'The user requested a simple "ok" reply.', type: 'summary_text' }],
      type: 'reasoning',
      status: 'completed',
      encrypted_content: 'JGwWldz7',
    },
    {
      content: [{ type: 'output_text', text: 'ok', logprobs: [], annotations: [] }],
      id: 'msg_0d316f05',
      role: 'assistant',
      type: 'message',
      status: 'completed',
    },
  ],
  parallel_tool_calls: true,
  previous_response_id: null,
  reasoning: { effort: 'low', summary: 'detailed' },
  temperature: 0.699999988079071,
  text: { format: { type: 'text' } },
  tool_choice: 'auto',
  tools: [],
  top_p: 0.949999988079071,
  usage: {
    input_tokens: 197,
    input_tokens_details: { cached_tokens: 192 },
    output_tokens: 101,
    output_tokens_details: { reasoning_tokens: 100 },
    total_tokens: 298,
    num_sources_used: 0,
    num_server_side_tools_used: 0,
    cost_in_usd_ticks: 2971500,
    context_details: { input_tokens: 197, output_tokens: 109 },
  },
  user: null,
  incomplete_details: null,
  status: 'completed',
  store: false,
  metadata: { system_fingerprint: 'fp_eb3c003fc66c14ed' },
  background: false,
  service_tier: 'default',
  truncation: 'disabled',
  prompt_cache_key: 'a479e37c',
  error: null,
  instructions: '',
}

/** With three calls of x_search in it: 168,319,000 ticks of tokens and 150,000,000 of tools. */
export const TOOLS_USAGE = {
  input_tokens: 9212,
  input_tokens_details: { cached_tokens: 3072 },
  output_tokens: 3417,
  output_tokens_details: { reasoning_tokens: 1200 },
  total_tokens: 12629,
  num_sources_used: 0,
  num_server_side_tools_used: 3,
  cost_in_usd_ticks: 318319000,
  server_side_tool_usage_details: {
    web_search_calls: 0,
    x_search_calls: 3,
    code_interpreter_calls: 0,
    file_search_calls: 0,
    mcp_calls: 0,
    document_search_calls: 0,
    image_generation_calls: 0,
  },
}

const STARTED = { ...RESPONSE, completed_at: null, output: [], usage: null, status: 'in_progress' }
const REASONING = { item_id: 'rs_0d316f05', output_index: 0, summary_index: 0 }
const MESSAGE = { item_id: 'msg_0d316f05', output_index: 1, content_index: 0 }

/** The events of a streamed response, without its terminal one. */
export const RESPONSE_EVENTS: readonly (Record<string, unknown> & { type: string })[] = [
  { type: 'response.created', response: STARTED },
  { type: 'response.in_progress', response: STARTED },
  {
    type: 'response.output_item.added',
    item: { id: 'rs_0d316f05', summary: [], type: 'reasoning', status: 'in_progress' },
    output_index: 0,
  },
  {
    type: 'response.reasoning_summary_part.added',
    ...REASONING,
    part: { text: '', type: 'summary_text' },
  },
  { type: 'response.reasoning_summary_text.delta', delta: 'First', ...REASONING },
  { type: 'response.reasoning_summary_text.done', text: 'First', ...REASONING },
  {
    type: 'response.reasoning_summary_part.done',
    ...REASONING,
    part: { text: 'First', type: 'summary_text' },
  },
  { type: 'response.output_item.done', item: RESPONSE.output[0], output_index: 0 },
  {
    type: 'response.output_item.added',
    item: { ...RESPONSE.output[1], content: [], status: 'in_progress' },
    output_index: 1,
  },
  {
    type: 'response.content_part.added',
    ...MESSAGE,
    part: { type: 'output_text', text: '', logprobs: [], annotations: [] },
  },
  { type: 'response.output_text.delta', delta: 'o', ...MESSAGE, logprobs: [] },
  { type: 'response.output_text.delta', delta: 'k', ...MESSAGE, logprobs: [] },
  { type: 'response.output_text.done', text: 'ok', ...MESSAGE },
  {
    type: 'response.content_part.done',
    ...MESSAGE,
    part: { type: 'output_text', text: 'ok', logprobs: [], annotations: [] },
  },
  { type: 'response.output_item.done', item: RESPONSE.output[1], output_index: 1 },
].map((event, index) => ({ sequence_number: index, ...event }))

/** What ends a streamed response: `completed`, `incomplete` or `failed`. */
export const terminal = (
  status: string,
  changes: Record<string, unknown> = {},
): Record<string, unknown> & { type: string } => ({
  sequence_number: RESPONSE_EVENTS.length,
  type: `response.${status}`,
  response: { ...RESPONSE, status, ...changes },
})

/** Anthropic's dialect: what came from the cache is not in `input_tokens`, and there is no cost. */
export const ANTHROPIC = {
  id: 'msg_9f1c0f5a',
  type: 'message',
  role: 'assistant',
  model: 'grok-4.3',
  content: [{ type: 'text', text: 'Hello there' }],
  stop_reason: 'end_turn',
  stop_sequence: null,
  usage: {
    input_tokens: 20,
    cache_creation_input_tokens: 0,
    cache_read_input_tokens: 180,
    output_tokens: 42,
  },
}

export const ANTHROPIC_EVENTS: readonly (Record<string, unknown> & { type: string })[] = [
  {
    type: 'message_start',
    message: {
      ...ANTHROPIC,
      content: [],
      stop_reason: null,
      usage: { ...ANTHROPIC.usage, output_tokens: 1 },
    },
  },
  { type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } },
  { type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: 'Hello' } },
  { type: 'ping' },
  { type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: ' there' } },
  { type: 'content_block_stop', index: 0 },
  {
    type: 'message_delta',
    delta: { stop_reason: 'end_turn', stop_sequence: null },
    usage: { output_tokens: 42 },
  },
  { type: 'message_stop' },
]
