/** A shorter set-up code can be guessed, and opens nothing. */
export const SHORTEST_SETUP_CODE = 16
