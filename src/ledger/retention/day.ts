import { DAY_MS } from '../../http/time.ts'

/** YYYY-MM-DD in UTC. */
export const dayOf = (ms: number): string => new Date(ms).toISOString().slice(0, 10)

export const startOfDay = (day: string): number => Date.parse(`${day}T00:00:00Z`)

/** The first moment of the day (UTC) that contains `ms`. */
export const floorToDay = (ms: number): number => ms - (ms % DAY_MS)

export const archivePrefix = (accountId: string): string => `requests/${accountId}/`

/** The key that older versions used: one object per account and day. */
export const wholeDayKey = (accountId: string, day: string): string =>
  `${archivePrefix(accountId)}${day}.ndjson.gz`

/** The key of a part of an account's day. `name` is unique and sorts by time. */
export const partKey = (accountId: string, day: string, name: string): string =>
  `${archivePrefix(accountId)}${day}/${name}.ndjson.gz`

/** From this share of the database's size limit on, the oldest rows are pruned early. */
export const FULL_SHARE = 0.8
