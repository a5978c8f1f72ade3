import { cutBytes, MAX_NAME_BYTES } from './cut.ts'
import { withoutSecrets } from './scrub.ts'

// Control characters and line separators: useless in a name, and they would break a log or a file.
const CONTROL = /[\p{Cc}\p{Zl}\p{Zp}]+/gu

/**
 * The text of a header that a caller chose, decoded as percent-encoded UTF-8 if all of it decodes, because clients do
 * not agree on how else to send characters beyond ASCII (https://www.rfc-editor.org/rfc/rfc9110#section-5.5);
 * otherwise as it came. Trimmed and cut, without the request's secrets. Null: no text.
 */
export function readLabel(
  header: string | null,
  secrets: readonly string[] = [],
  maxBytes = MAX_NAME_BYTES,
): string | null {
  const text = withoutSecrets(decode(header ?? ''), secrets)
    .replace(CONTROL, ' ')
    .trim()
  return cutBytes(text, maxBytes) || null
}

function decode(text: string): string {
  if (!text.includes('%')) return text
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

/** Characters beyond ASCII were lost on the way: the client sent them in another encoding. */
export const isDamaged = (label: string | null): boolean => label?.includes('\uFFFD') === true
