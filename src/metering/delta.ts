// Streams have a token a delta; a tool call comes whole, and so do some texts. Hardly any token is longer
// than this, and where several come at once there are about four bytes to each.
export const LONGEST_TOKEN_CHARACTERS = 32
const BYTES_PER_TOKEN = 4

/** About how many tokens a piece of an answer is: one, unless it is longer than a token could be. */
export function tokensOfDelta(text: unknown): number {
  if (typeof text !== 'string' || text === '') return 0
  return text.length <= LONGEST_TOKEN_CHARACTERS ? 1 : tokensOfBytes(utf8Bytes(text))
}

/** About how many tokens so many bytes of text are. */
export const tokensOfBytes = (bytes: number): number => bytes / BYTES_PER_TOKEN

function utf8Bytes(text: string): number {
  let bytes = 0
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at)
    // Half of a surrogate pair, which has four bytes together.
    const isHalf = code >= 0xd800 && code < 0xe000
    bytes += code < 0x80 ? 1 : code < 0x800 || isHalf ? 2 : 3
  }
  return bytes
}
