import { WordSet } from '../metering/json/words.ts'

/**
 * The `type` of parts of a request that are not text, in the dialects of chat, responses and messages. Also
 * tools that xAI runs itself, because the model reads their results, too.
 * https://docs.x.ai/developers/tools/overview.md
 */
export const OTHER_INPUT = new WordSet([
  'image_url',
  'image',
  'input_image',
  'input_audio',
  'audio',
  'video_url',
  'file',
  'input_file',
  'document',
  'search_result',
  'reasoning',
  'compaction',
  'item_reference',
  'web_search*',
  'live_search*',
  'x_search*',
  'code_interpreter*',
  'code_execution*',
  'file_search*',
  'collections_search*',
  'attachment_search*',
  'image_generation*',
  'mcp',
  'mcp_toolset',
])

/** Members of the body that make the model read more than the body's text. */
export const OTHER_INPUT_MEMBERS = [
  'previous_response_id',
  'conversation',
  'search_parameters',
  'web_search_options',
  'mcp_servers',
] as const
