const encoder = new TextEncoder()

/** The longest prefix of a text, in whole characters, that takes at most `maxBytes` in UTF-8. Trimmed. */
export function cutBytes(text: string, maxBytes: number): string {
  const { read } = encoder.encodeInto(text, new Uint8Array(maxBytes))
  return text.slice(0, read).trim()
}

/** For names that callers choose and that sums are grouped by: each is part of several keys. */
export const MAX_NAME_BYTES = 128
