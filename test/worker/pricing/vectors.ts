import recorded from '../../fixtures/xai-cost-vectors.json' with { type: 'json' }

export const { vectors } = recorded

export const MARCH = Date.parse('2026-03-15T12:00:00Z')
export const NOW = Date.parse('2026-09-20T12:00:00Z')

/** The price rows that the recordings name, as (model, moment) of our table. */
export const ROWS: Record<string, [model: string, atMs: number]> = {
  'grok-4-fast-reasoning': ['grok-4-fast-reasoning', MARCH],
  'grok-code-fast-1': ['grok-code-fast-1', MARCH],
  'grok-3-mini-high': ['grok-3-mini-high', MARCH],
  'grok-3-mini': ['grok-3-mini', MARCH],
  'grok-4.3': ['grok-4.3', NOW],
  'grok-4.20-launch': ['grok-4.20-0309-reasoning', MARCH],
  'grok-4.20-now': ['grok-4.20', NOW],
  'grok-3-latest': ['grok-3-latest', MARCH],
  'grok-4.6': ['grok-4.6', NOW],
  'grok-4-1-fast-nr': ['grok-4-1-fast-non-reasoning', MARCH],
}

export type Vector = (typeof recorded.vectors)[number]

/** A recording as the usage object that xAI sent. */
export function usageOf(vector: Vector): Record<string, unknown> {
  const {
    prompt,
    cached,
    completion_or_output: output,
    reasoning,
    total,
    tool_calls: calls,
  } = vector
  const tools =
    calls > 0
      ? { server_side_tool_usage_details: { x_search_calls: calls, web_search_calls: 0 } }
      : {}
  return vector.api === 'chat'
    ? {
        prompt_tokens: prompt,
        completion_tokens: output,
        total_tokens: total,
        prompt_tokens_details: { cached_tokens: cached },
        completion_tokens_details: { reasoning_tokens: reasoning },
        cost_in_usd_ticks: vector.ticks,
        ...tools,
      }
    : {
        input_tokens: prompt,
        output_tokens: output,
        total_tokens: total,
        input_tokens_details: { cached_tokens: cached },
        output_tokens_details: { reasoning_tokens: reasoning },
        cost_in_usd_ticks: vector.ticks,
        ...tools,
      }
}
