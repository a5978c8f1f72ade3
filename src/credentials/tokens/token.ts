/** `sk-metrion-` and 128 random bits in lower-case hexadecimal digits. */
const SHAPE = /^sk-metrion-[0-9a-f]{32}$/
const PREFIX = 'sk-metrion-'

export const looksLikeToken = (value: string): boolean => value.startsWith(PREFIX)
export const isToken = (value: string): boolean => SHAPE.test(value)

export function newToken(): string {
  return PREFIX + crypto.getRandomValues(new Uint8Array(16)).toHex()
}

/**
 * The scope of a token. `inference`: endpoints that generate answers, and the objects at xAI that the token
 * created. `all`: everything that Metrion serves.
 */
export const TOKEN_SCOPES = ['inference', 'all'] as const
export type TokenScope = (typeof TOKEN_SCOPES)[number]

/** Whether the proxy takes it now, as far as its expiry and its switch go. */
export const isUsable = (
  { disabled, expiresAtMs }: { disabled: boolean; expiresAtMs: number | null },
  nowMs: number,
): boolean => !disabled && (expiresAtMs === null || expiresAtMs > nowMs)
