const encoder = new TextEncoder()
const QUOTE = 0x22

/** Recognises string values of a JSON text that are one of a few words. A `*` at the end of a word is a wildcard. */
export class WordSet {
  /** Keyed by the first letter. Each word has its opening quote, and its closing quote unless it ends in `*`. */
  private readonly byLetter = new Map<number, Uint8Array[]>()

  constructor(words: readonly string[]) {
    for (const word of words) {
      const bytes = encoder.encode(word.endsWith('*') ? `"${word.slice(0, -1)}` : `"${word}"`)
      const letter = bytes[1] ?? QUOTE
      this.byLetter.set(letter, [...(this.byLetter.get(letter) ?? []), bytes])
    }
  }

  /** The string that begins at `at` is one of the words. A word that the end of the chunk cuts is not recognised. */
  isAt(chunk: Uint8Array, at: number): boolean {
    const words = this.byLetter.get(chunk[at + 1] ?? QUOTE)
    return words !== undefined && words.some((word) => beginsWith(chunk, at, word))
  }
}

function beginsWith(chunk: Uint8Array, at: number, word: Uint8Array): boolean {
  for (let index = 0; index < word.length; index++)
    if (chunk[at + index] !== word[index]) return false
  return true
}
