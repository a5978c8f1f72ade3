const MAX_CHARACTERS = 200

/**
 * `x-metrion-user`, trimmed and cut to 200 characters. The runtime has read the header as UTF-8, which
 * is what HTTP clients send. Null: no label.
 */
export function readLabel(header: string | null): string | null {
  const text = (header ?? '').trim()
  if (text === '') return null
  const characters = Array.from(text)
  return characters.length > MAX_CHARACTERS
    ? characters.slice(0, MAX_CHARACTERS).join('').trim()
    : text
}
