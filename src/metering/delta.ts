// Streams send one token per delta, but tool calls and some texts come whole. Hardly any token is longer
// than this. Where several tokens come at once, each has about four bytes.
export const LONGEST_TOKEN_CHARACTERS = 32
const BYTES_PER_TOKEN = 4

/** The approximate number of tokens in a delta: 1, unless it is longer than a token could be. */
export function tokensOfDelta(text: unknown): number {
  if (typeof text !== 'string' || text === '') return 0
  return text.length <= LONGEST_TOKEN_CHARACTERS ? 1 : tokensOfBytes(utf8Bytes(text))
}

/** The approximate number of tokens in this many bytes of text. */
export const tokensOfBytes = (bytes: number): number => bytes / BYTES_PER_TOKEN

function utf8Bytes(text: string): number {
  let bytes = 0
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at)
    // Half of a surrogate pair, which has four bytes in UTF-8.
    const isHalf = code >= 0xd800 && code < 0xe000
    bytes += code < 0x80 ? 1 : code < 0x800 || isHalf ? 2 : 3
  }
  return bytes
}
