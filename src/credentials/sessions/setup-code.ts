/** A shorter set-up code can be guessed, and opens nothing. */
export const SHORTEST_SETUP_CODE = 16

/** The set-up code as a person types it: a secret from a file may end with a line break. Empty: there is none. */
export const setupCodeIn = (secret: string | undefined): string => (secret ?? '').trim()
