/** YYYY-MM-DD in UTC. */
export const dayOf = (ms: number): string => new Date(ms).toISOString().slice(0, 10)

/** Its first moment. */
export const startOfDay = (day: string): number => Date.parse(`${day}T00:00:00Z`)

/** One object a day and account. */
export const archiveKey = (accountId: string, day: string): string =>
  `${archivePrefix(accountId)}${day}.ndjson.gz`

export const archivePrefix = (accountId: string): string => `requests/${accountId}/`
