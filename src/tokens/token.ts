/** `sk-metrion-` and 128 random bits in lower-case hexadecimal digits. */
const SHAPE = /^sk-metrion-[0-9a-f]{32}$/
const PREFIX = 'sk-metrion-'

export const looksLikeToken = (value: string): boolean => value.startsWith(PREFIX)
export const isToken = (value: string): boolean => SHAPE.test(value)

export function newToken(): string {
  return PREFIX + crypto.getRandomValues(new Uint8Array(16)).toHex()
}
