const MOST_CHARACTERS = 300

/**
 * An error as a log line. The message of a failed query contains its parameters (addresses, hashes, IDs), so
 * only the statement and the database's own error are kept.
 */
export function loggable(error: unknown): string {
  if (!(error instanceof Error)) return typeof error
  const { name, message, cause } = error
  const query = /^Failed query: ([\s\S]*?)\nparams:/.exec(message)?.[1]
  if (query === undefined) return `${name}: ${message}`.slice(0, MOST_CHARACTERS)
  const why = cause instanceof Error ? cause.message : 'the database gives no reason'
  return `${name}: ${query.slice(0, MOST_CHARACTERS)}: ${why.slice(0, MOST_CHARACTERS)}`
}
