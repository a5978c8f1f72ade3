/** Paths of other providers, and xAI's path for the same. */
const KNOWN: readonly (readonly [pattern: RegExp, name: string])[] = [
  [/^audio\/speech$/, 'tts'],
  [/^audio\/(transcriptions|translations)$/, 'stt'],
  [/^messages\/count_tokens$/, 'tokenize-text'],
  [/^batches\/[^/]+\/cancel$/, 'batches/{id}:cancel'],
  [/^messages\/batches/, 'batches'],
  [/^images\/variations$/, 'images/edits'],
  [/^(chat|completion|chat\/completion)$/, 'chat/completions'],
  [/^embedding$/, 'embeddings'],
]

/** The name in the list that the caller probably meant. */
export function nearestName(path: string, names: readonly string[]): string {
  const known = KNOWN.find(([pattern]) => pattern.test(path))
  if (known) return known[1]
  // A path of hundreds of characters is not near to any name, and would be slow to compare.
  const short = path.slice(0, 80)
  const distances = names.map((name) => ({ name, distance: distanceOf(short, name) }))
  return distances.toSorted((one, other) => one.distance - other.distance)[0]?.name ?? ''
}

/** The Levenshtein distance: how many characters to add, drop or change. */
function distanceOf(one: string, other: string): number {
  let row = Array.from({ length: other.length + 1 }, (_, index) => index)
  for (let at = 1; at <= one.length; at++) {
    const next = [at]
    for (let to = 1; to <= other.length; to++) {
      const changed = (row[to - 1] ?? 0) + (one[at - 1] === other[to - 1] ? 0 : 1)
      next.push(Math.min(changed, (row[to] ?? 0) + 1, (next[to - 1] ?? 0) + 1))
    }
    row = next
  }
  return row[other.length] ?? 0
}
