/** Joins byte arrays. A single one is returned as it is. */
export function joinBytes(parts: readonly Uint8Array[]): Uint8Array {
  if (parts.length === 1) return parts[0]!
  const whole = new Uint8Array(parts.reduce((size, part) => size + part.length, 0))
  let at = 0
  for (const part of parts) {
    whole.set(part, at)
    at += part.length
  }
  return whole
}

/** The byte order mark, which may precede UTF-8 text (https://www.unicode.org/faq/utf_bom.html). */
export const BOM = Uint8Array.of(0xef, 0xbb, 0xbf)
