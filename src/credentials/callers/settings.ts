interface Flag {
  /** Of `accounts`. */
  column: string
  byDefault: boolean
  /** What the audit calls it. */
  audit: string
}

const flags = <const T extends Record<string, Flag>>(table: T): T => table

/**
 * What an owner may turn on or off for all requests of an account. The column, what is remembered with a caller, the
 * form and the audit follow from it; `settings/account/card.tsx` says what each means. After a change,
 * `npm run migrations`.
 */
export const FLAGS = flags({
  /** Silent streams get a comment now and then. */
  keepAlive: { column: 'keep_alive', byDefault: true, audit: 'keep-alive setting' },
  /** Every event of a stream is passed on as it comes, whatever that costs. */
  lowLatency: { column: 'low_latency', byDefault: false, audit: 'latency setting' },
  /** Applications may get secrets of xAI's own, though what is spent with them passes Metrion by. */
  clientSecrets: {
    column: 'client_secrets',
    byDefault: false,
    audit: 'setting for client secrets',
  },
})

export type FlagName = keyof typeof FLAGS
export type Flags = Record<FlagName, boolean>
export const FLAG_NAMES = Object.keys(FLAGS) as FlagName[]

/** A value for each of them. */
export const forEachFlag = <T>(value: (name: FlagName) => T): Record<FlagName, T> =>
  Object.fromEntries(FLAG_NAMES.map((name) => [name, value(name)])) as Record<FlagName, T>

/** What the account's settings say of its requests. */
export interface CallerSettings extends Flags {
  /** Whose web pages may call: exact origins, or '*' for all. */
  allowedOrigins: readonly string[]
}

export const DEFAULTS: CallerSettings = {
  ...forEachFlag((name) => FLAGS[name].byDefault),
  allowedOrigins: [],
}

const LISTS = { allowedOrigins: 'allowed_origins' } as const

/** Those settings of an account, as a query of `accounts` (`a`) selects them. */
export const SELECT_SETTINGS = [
  ...FLAG_NAMES.map((name) => `a.${FLAGS[name].column} AS ${name}`),
  ...Object.entries(LISTS).map(([name, column]) => `a.${column} AS ${name}`),
].join(', ')

/** As SQLite has them. */
export type StoredSettings = Record<FlagName, number> & Record<keyof typeof LISTS, string>

export const toSettings = (stored: StoredSettings): CallerSettings => ({
  ...forEachFlag((name) => stored[name] === 1),
  allowedOrigins: JSON.parse(stored.allowedOrigins) as string[],
})
