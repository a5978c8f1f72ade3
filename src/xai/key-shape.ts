/** Two headers of the same name are joined with a comma. xAI's keys have neither commas nor spaces. */
const SEPARATOR = /[,\s]/
/** Metrion's own tokens, which are never keys of xAI. */
const OWN = /^[a-z]+-metrion-/i

/** Whether a string may be a key of xAI. Only xAI knows whether it is one. */
export const isXaiKey = (key: string): boolean => !SEPARATOR.test(key) && !OWN.test(key)

/** The reason why it is not a key, and what to do. */
export const keyProblem = (key: string): string =>
  OWN.test(key)
    ? 'it is a token of Metrion; send the key that begins with xai-'
    : 'it has a comma or a space in it, as two headers or two keys have; send one key'
