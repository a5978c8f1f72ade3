/** Longer keys are cut to this length. */
export const MAX_KEY_BYTES = 64

const decoder = new TextDecoder()
const SIMPLE = /^[ !#-[\]-~]*$/

/** The name of a key whose raw bytes are the characters of `bytes`. "str\u0065am" is `stream`, too. */
export function keyName(bytes: string): string {
  if (SIMPLE.test(bytes)) return bytes
  const raw = decoder.decode(Uint8Array.from(bytes, (byte) => byte.charCodeAt(0)))
  if (!raw.includes('\\') || bytes.length >= MAX_KEY_BYTES) return raw
  return String(JSON.parse(`"${raw}"`))
}
