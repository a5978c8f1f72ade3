/** Of a longer key only the beginning is kept. */
export const MAX_KEY_BYTES = 64

const decoder = new TextDecoder()
const SIMPLE = /^[ !#-[\]-~]*$/

/** Of a key whose bytes are the characters of `bytes`. "str\u0065am" is a stream too. */
export function keyName(bytes: string): string {
  if (SIMPLE.test(bytes)) return bytes
  const raw = decoder.decode(Uint8Array.from(bytes, (byte) => byte.charCodeAt(0)))
  if (!raw.includes('\\') || bytes.length >= MAX_KEY_BYTES) return raw
  return String(JSON.parse(`"${raw}"`))
}
