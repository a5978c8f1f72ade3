const MAX_CHARACTERS = 200

/**
 * `x-metrion-user`, trimmed and cut to 200 characters. HTTP clients send UTF-8, which reaches us
 * either decoded or as one character a byte; both read the same. Null: no label.
 */
export function readLabel(header: string | null): string | null {
  const text = decodeUtf8(header ?? '').trim()
  if (text === '') return null
  const characters = Array.from(text)
  return characters.length > MAX_CHARACTERS
    ? characters.slice(0, MAX_CHARACTERS).join('').trim()
    : text
}

function decodeUtf8(value: string): string {
  // oxlint-disable-next-line no-control-regex
  if (!/^[\u0000-\u00ff]*[\u0080-\u00ff]/.test(value) || /[^\u0000-\u00ff]/.test(value))
    return value
  try {
    const bytes = Uint8Array.from(value, (character) => character.charCodeAt(0))
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: false }).decode(bytes)
  } catch {
    return value
  }
}
