import { cutBytes, MAX_NAME_BYTES } from './cut.ts'
import { withoutSecrets } from './scrub.ts'

// What is neither to be seen nor of any use in a name: it would break a log, or a file.
const CONTROL = /[\p{Cc}\p{Zl}\p{Zp}]+/gu

/**
 * `x-metrion-user`: percent-encoded UTF-8, where all of it can be decoded so, since clients do not agree on
 * how else to send a letter beyond ASCII (https://www.rfc-editor.org/rfc/rfc9110#section-5.5); otherwise as
 * it came. Trimmed and cut to 128 bytes, without the secrets of the request. Null: no label.
 */
export function readLabel(header: string | null, secrets: readonly string[] = []): string | null {
  const text = withoutSecrets(decode(header ?? ''), secrets)
    .replace(CONTROL, ' ')
    .trim()
  return cutBytes(text, MAX_NAME_BYTES) || null
}

function decode(text: string): string {
  if (!text.includes('%')) return text
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

/** Letters beyond ASCII have been lost on the way: the client sent them in another encoding. */
export const isDamaged = (label: string | null): boolean => label?.includes('\uFFFD') === true
