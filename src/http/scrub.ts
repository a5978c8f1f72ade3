import { cutBytes, MAX_NAME_BYTES } from './cut.ts'

const MAX_CHARACTERS = 500
const MAX_READ_CHARACTERS = 4000
const SECRET = '[secret]'

// Formats that only secrets have: Metrion's own tokens are 32 hexadecimal digits after their prefix, xAI's keys
// are 80 letters and digits, and names of models are neither.
const SECRET_SHAPES =
  /(?<![A-Za-z0-9])(?:[sm]k-metrion-[0-9a-f]{32}(?![0-9a-f])|xai-[A-Za-z0-9]{40,})/gi
/** The prefix of a kind of secret, which is not secret itself. */
const KIND = /^(?:[sm]k-metrion-|xai-)?/
/** If a secret is cut off at the end, this many characters after the prefix identify it. */
const FEWEST_CHARACTERS = 4

/** `scrub` with the secrets of a request, for a text that may be null. */
export const scrubber =
  (secrets: readonly string[]) =>
  (text: string | null): string | null =>
    text === null ? null : scrub(text, secrets)

/** Removes the request's secrets, and everything that can only be a secret. The rest is unchanged. */
export function withoutSecrets(text: string, secrets: readonly string[]): string {
  let clean = text
  for (const secret of secrets) {
    if (secret === '') continue
    clean = clean.replaceAll(secret, SECRET)
    clean = withoutBeginning(clean, secret)
  }
  return clean.replace(SECRET_SHAPES, SECRET)
}

/** A text that was cut may end with the beginning of a secret. */
function withoutBeginning(text: string, secret: string): string {
  const fewest = (KIND.exec(secret)?.[0].length ?? 0) + FEWEST_CHARACTERS
  const at = text.lastIndexOf(secret.slice(0, fewest))
  const isCut = at >= 0 && secret.length > fewest && secret.startsWith(text.slice(at))
  return isCut ? text.slice(0, at) + SECRET : text
}

/** Text from others, fit to store: one line, 500 characters, without HTML tags and secrets. */
export function scrub(text: string, secrets: readonly string[]): string {
  // Secrets first: half of a secret that is cut in two could not be recognized.
  return withoutSecrets(text, secrets)
    .slice(0, MAX_READ_CHARACTERS)
    .replace(/<(script|style)[\s\S]*?<\/\1>|<[^>]*>/gi, ' ')
    .replace(/\s+/g, ' ')
    .trim()
    .slice(0, MAX_CHARACTERS)
    .trimEnd()
    .toWellFormed()
}

/** The name of a model as it was sent, fit to store. */
export const modelName = (text: string, secrets: readonly string[]): string =>
  cutBytes(scrub(text, secrets), MAX_NAME_BYTES)
