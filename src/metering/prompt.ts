/** A request whose input xAI has counted. */
export interface KnownPrompt {
  textBytes: number
  inputTokens: number
}

// English has some four bytes a token; what xAI puts before every prompt is not known here.
const BYTES_PER_TOKEN = 4
const FEWEST = 3

const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length

/**
 * About how many tokens so much text is. A line through what is known of the same model: its slope is the
 * language and what it is asked about, its height the system prompt that xAI adds unseen.
 */
export function estimateInput(textBytes: number, known: readonly KnownPrompt[]): number {
  const rough = Math.ceil(textBytes / BYTES_PER_TOKEN)
  if (known.length < FEWEST) return rough
  const bytes = mean(known.map((one) => one.textBytes))
  const tokens = mean(known.map((one) => one.inputTokens))
  const spread = mean(known.map((one) => (one.textBytes - bytes) ** 2))
  const shared = mean(known.map((one) => (one.textBytes - bytes) * (one.inputTokens - tokens)))
  const slope = spread > 0 ? shared / spread : -1
  const height = tokens - slope * bytes
  // Where no such line makes sense, longer text is more tokens in proportion.
  if (slope <= 0 || height < 0) return bytes > 0 ? Math.ceil((textBytes / bytes) * tokens) : rough
  return Math.ceil(height + slope * textBytes)
}
