/** Two headers of one name become one with a comma; xAI's keys have none, nor space. */
const SEPARATOR = /[,\s]/
/** Metrion's own tokens, of which none is a key at xAI. */
const OWN = /^[a-z]+-metrion-/i

/** Whether something may be a key of xAI's, which alone knows whether it is one. */
export const isXaiKey = (key: string): boolean => !SEPARATOR.test(key) && !OWN.test(key)

/** Why it is none, and what to do. */
export const keyProblem = (key: string): string =>
  OWN.test(key)
    ? 'it is a token of Metrion; send the key that begins with xai-'
    : 'it has a comma or a space in it, as two headers or two keys have; send one key'
