/** `sk-metrion-` and 128 random bits in lower-case hexadecimal digits. */
const SHAPE = /^sk-metrion-[0-9a-f]{32}$/
const PREFIX = 'sk-metrion-'

export const looksLikeToken = (value: string): boolean => value.startsWith(PREFIX)
export const isToken = (value: string): boolean => SHAPE.test(value)

export function newToken(): string {
  return PREFIX + crypto.getRandomValues(new Uint8Array(16)).toHex()
}

/** SHA-256 in hexadecimal digits. Enough for secrets of 128 random bits, which nobody can guess. */
export async function hashSecret(secret: string): Promise<string> {
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(secret))
  return new Uint8Array(digest).toHex()
}
