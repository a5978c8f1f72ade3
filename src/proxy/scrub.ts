const MAX_CHARACTERS = 500
const MAX_READ_CHARACTERS = 4000
const SECRET_SHAPES = /\b(?:xai|sk-metrion|mk-metrion|sk)-[A-Za-z0-9_*-]{6,}|\bBearer\s+\S+/gi

/** The same of what may be missing, with the secrets of a request. */
export const scrubber =
  (secrets: readonly string[]) =>
  (text: string | null): string | null =>
    text === null ? null : scrub(text, secrets)

/** Somebody else's words, fit to be kept: one line, 500 characters, without anything like a secret. */
export function scrub(text: string, secrets: readonly string[]): string {
  let clean = text.slice(0, MAX_READ_CHARACTERS)
  for (const secret of secrets) if (secret !== '') clean = clean.replaceAll(secret, '[secret]')
  return clean
    .replace(SECRET_SHAPES, '[secret]')
    .replace(/<(script|style)[\s\S]*?<\/\1>|<[^>]*>/gi, ' ')
    .replace(/\s+/g, ' ')
    .trim()
    .slice(0, MAX_CHARACTERS)
    .trimEnd()
    .toWellFormed()
}
