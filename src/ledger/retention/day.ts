import { DAY_MS } from '../../http/time.ts'

/** YYYY-MM-DD in UTC. */
export const dayOf = (ms: number): string => new Date(ms).toISOString().slice(0, 10)

/** Its first moment. */
export const startOfDay = (day: string): number => Date.parse(`${day}T00:00:00Z`)

/** The first moment of the day that a moment lies in. */
export const floorToDay = (ms: number): number => ms - (ms % DAY_MS)

export const archivePrefix = (accountId: string): string => `requests/${accountId}/`

/** What older versions made: one object for an account's day. */
export const wholeDayKey = (accountId: string, day: string): string =>
  `${archivePrefix(accountId)}${day}.ndjson.gz`

/** Some of the rows of an account's day. Names are in order of time, and no two are alike. */
export const partKey = (accountId: string, day: string, name: string): string =>
  `${archivePrefix(accountId)}${day}/${name}.ndjson.gz`

/** From this share of the database's limit on, the oldest rows go early. */
export const FULL_SHARE = 0.8
