const encoder = new TextEncoder()

/** The longest beginning of a text, in whole characters, that takes no more bytes as UTF-8. Trimmed. */
export function cutBytes(text: string, maxBytes: number): string {
  const { read } = encoder.encodeInto(text, new Uint8Array(maxBytes))
  return text.slice(0, read).trim()
}

/** Of names that callers choose and that sums are kept by: each is a part of several keys. */
export const MAX_NAME_BYTES = 128
