/** The secret that a rotation replaces is accepted for at most so long. */
export const MOST_GRACE_HOURS = 7 * 24
