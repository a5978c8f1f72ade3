import { cutBytes, MAX_NAME_BYTES } from './cut.ts'

const MAX_CHARACTERS = 500
const MAX_READ_CHARACTERS = 4000
const SECRET = '[secret]'

// What secrets look like, and nothing else does: Metrion's own tokens are 32 hexadecimal digits behind
// their prefix, and xAI's keys 80 letters and digits; names of models are neither.
const SECRET_SHAPES =
  /(?<![A-Za-z0-9])(?:[sm]k-metrion-[0-9a-f]{32}(?![0-9a-f])|xai-[A-Za-z0-9]{40,})/gi
/** What every secret of a kind begins with, which is none. */
const KIND = /^(?:[sm]k-metrion-|xai-)?/
/** Of a secret that is cut off at the end, so much behind that is enough to tell it. */
const FEWEST_CHARACTERS = 4

/** The same of what may be missing, with the secrets of a request. */
export const scrubber =
  (secrets: readonly string[]) =>
  (text: string | null): string | null =>
    text === null ? null : scrub(text, secrets)

/** A text without secrets: those of the request, and whatever can only be one. Nothing else of it changes. */
export function withoutSecrets(text: string, secrets: readonly string[]): string {
  let clean = text
  for (const secret of secrets) {
    if (secret === '') continue
    clean = clean.replaceAll(secret, SECRET)
    clean = withoutBeginning(clean, secret)
  }
  return clean.replace(SECRET_SHAPES, SECRET)
}

/** What was cut somewhere may end in the beginning of a secret. */
function withoutBeginning(text: string, secret: string): string {
  const fewest = (KIND.exec(secret)?.[0].length ?? 0) + FEWEST_CHARACTERS
  const at = text.lastIndexOf(secret.slice(0, fewest))
  const isCut = at >= 0 && secret.length > fewest && secret.startsWith(text.slice(at))
  return isCut ? text.slice(0, at) + SECRET : text
}

/** Somebody else's words, fit to be kept: one line, 500 characters, without secrets. */
export function scrub(text: string, secrets: readonly string[]): string {
  // Secrets first: of one that is cut in two, neither half could be told any more.
  return withoutSecrets(text, secrets)
    .slice(0, MAX_READ_CHARACTERS)
    .replace(/<(script|style)[\s\S]*?<\/\1>|<[^>]*>/gi, ' ')
    .replace(/\s+/g, ' ')
    .trim()
    .slice(0, MAX_CHARACTERS)
    .trimEnd()
    .toWellFormed()
}

/** The name of a model as somebody sent it, fit to be kept. */
export const modelName = (text: string, secrets: readonly string[]): string =>
  cutBytes(scrub(text, secrets), MAX_NAME_BYTES)
