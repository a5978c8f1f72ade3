import { readLabel } from '../http/label.ts'
import type { LedgerEntry } from '../ledger/entry.ts'

export const MOST_TAGS = 10
/** Of a tag's name, and of its value. */
export const MAX_TAG_BYTES = 64

/** What a caller says about its request. */
export type Metadata = Pick<LedgerEntry, 'label' | 'session' | 'tags'>

/**
 * Reads the headers that describe a request: `x-metrion-user`, `x-metrion-session` and
 * `x-metrion-tags: name=value,…`, or else what Helicone calls them
 * (https://docs.helicone.ai/helicone-headers/header-directory). What does not fit is cut, never refused: it
 * must not cost the caller its answer.
 */
export function readMetadata(headers: Headers, secrets: readonly string[]): Metadata {
  const text = (name: string, synonym: string): string | null =>
    readLabel(headers.get(name), secrets) ?? readLabel(headers.get(synonym), secrets)
  return {
    label: text('x-metrion-user', 'helicone-user-id'),
    session: text('x-metrion-session', 'helicone-session-id'),
    tags: readTags(headers, secrets),
  }
}

const PROPERTY = 'helicone-property-'

/** The caller's own tags come first. Of two with the same name, the first is kept. */
function readTags(headers: Headers, secrets: readonly string[]): Metadata['tags'] {
  const tags = new Map<string, string>()
  const add = (name: string, value: string): void => {
    const known = readLabel(name, secrets, MAX_TAG_BYTES)
    if (known === null || tags.has(known) || tags.size >= MOST_TAGS) return
    tags.set(known, readLabel(value, secrets, MAX_TAG_BYTES) ?? '')
  }
  for (const pair of (headers.get('x-metrion-tags') ?? '').split(',')) {
    const at = pair.indexOf('=')
    if (at < 0) add(pair, '')
    else add(pair.slice(0, at), pair.slice(at + 1))
  }
  for (const [name, value] of headers)
    if (name.startsWith(PROPERTY)) add(name.slice(PROPERTY.length), value)
  return tags.size === 0 ? null : Object.fromEntries(tags)
}
