import { table, type Setting, type Table } from './setting.ts'
import { TOKEN_SETTINGS } from './token-settings.ts'

export { TOKEN_SETTINGS }

/** The settings of an account, which only owners change. `pages/settings/account/card.tsx` explains each flag. */
export const ACCOUNT_SETTINGS = table({
  /** The currency in which amounts are shown next to dollars. */
  currency: {
    column: 'currency',
    kind: 'choice',
    values: ['USD', 'EUR', 'CHF', 'GBP'],
    byDefault: 'USD',
    audit: 'currency',
    ofCaller: false,
  },
  /** Units of the currency per dollar, × 1,000,000. Null: amounts are shown in dollars only. */
  rateMicros: {
    column: 'rate_micros',
    kind: 'number',
    byDefault: null,
    audit: 'exchange rate',
    ofCaller: false,
  },
  /** The day of the rate, YYYY-MM-DD. */
  rateDate: {
    column: 'rate_date',
    kind: 'text',
    byDefault: null,
    audit: 'exchange rate',
    ofCaller: false,
  },
  /** Metrion sends comments from time to time while a stream is silent. */
  keepAlive: {
    column: 'keep_alive',
    kind: 'flag',
    byDefault: true,
    audit: 'keep-alive setting',
    ofCaller: true,
  },
  /** Each event of a stream is passed on at once, at a higher CPU cost. */
  lowLatency: {
    column: 'low_latency',
    kind: 'flag',
    byDefault: false,
    audit: 'latency setting',
    ofCaller: true,
  },
  /** Requests of a session go to the same server of xAI, whose prompt cache knows the session. */
  cacheAffinity: {
    column: 'cache_affinity',
    kind: 'flag',
    byDefault: true,
    audit: 'setting for the prompt cache',
    ofCaller: true,
  },
  /** Callers may create xAI's client secrets. Spending with those does not pass through Metrion. */
  clientSecrets: {
    column: 'client_secrets',
    kind: 'flag',
    byDefault: false,
    audit: 'setting for client secrets',
    ofCaller: true,
  },
  /** The requests are sent as traces to the account's collector. Saving a collector switches it on. */
  traces: {
    column: 'traces',
    kind: 'flag',
    byDefault: false,
    audit: 'trace setting',
    ofCaller: true,
  },
  /** The time zone of budgets: days, weeks and months begin there. Null: UTC. */
  timeZone: {
    column: 'time_zone',
    kind: 'text',
    byDefault: null,
    audit: 'time zone',
    ofCaller: true,
  },
  /** The rate limits that new tokens begin with. Null: none. */
  newTokenRequestsPerMinute: {
    column: 'new_requests_per_minute',
    kind: 'number',
    byDefault: null,
    audit: 'limits of new tokens',
    ofCaller: false,
  },
  newTokenTokensPerMinute: {
    column: 'new_tokens_per_minute',
    kind: 'number',
    byDefault: null,
    audit: 'limits of new tokens',
    ofCaller: false,
  },
  newTokenConcurrent: {
    column: 'new_concurrent',
    kind: 'number',
    byDefault: null,
    audit: 'limits of new tokens',
    ofCaller: false,
  },
  /** The origins whose web pages may call the proxy, or '*' for all. */
  allowedOrigins: {
    column: 'allowed_origins',
    kind: 'list',
    byDefault: [],
    audit: 'ALLOWED_ORIGINS',
    ofCaller: true,
  },
})

export type TokenSettings = ValuesOf<typeof TOKEN_SETTINGS>

type ValueOf<S extends Setting> = S extends { kind: 'flag' }
  ? boolean
  : S extends { kind: 'list' }
    ? readonly string[]
    : S extends { kind: 'choice' }
      ? S['values'][number]
      : S extends { kind: 'allowed' }
        ? readonly string[] | null
        : S extends { kind: 'number' }
          ? number | null
          : string | null

export type ValuesOf<T extends Table> = { -readonly [K in keyof T]: ValueOf<T[K]> }
type OfCaller<T extends Table> = {
  [K in keyof T as T[K]['ofCaller'] extends true ? K : never]: T[K]
}
type KeysOfKind<T extends Table, Kind> = {
  [K in keyof T]: T[K]['kind'] extends Kind ? K : never
}[keyof T]

/** The settings of the account and of the token that the proxy needs for every request. */
export type CallerSettings = ValuesOf<OfCaller<typeof ACCOUNT_SETTINGS>>
export type TokenPolicy = ValuesOf<OfCaller<typeof TOKEN_SETTINGS>>

export type FlagName = KeysOfKind<typeof ACCOUNT_SETTINGS, 'flag'>
export type Flags = Record<FlagName, boolean>
export const FLAG_NAMES = Object.entries(ACCOUNT_SETTINGS)
  .filter(([, { kind }]) => kind === 'flag')
  .map(([name]) => name as FlagName)

/** A value for each flag of an account. */
export const forEachFlag = <T>(value: (name: FlagName) => T): Record<FlagName, T> =>
  Object.fromEntries(FLAG_NAMES.map((name) => [name, value(name)])) as Record<FlagName, T>

const ofCaller = (settings: Table): [string, Setting][] =>
  Object.entries(settings).filter(([, setting]) => setting.ofCaller)

const selected = (settings: Table, alias: string): string[] =>
  ofCaller(settings).map(([name, { column }]) => `${alias}.${column} AS ${name}`)

/** The columns of these settings, for a query that names `accounts` `a` and `tokens` `t`. */
export const SELECT_SETTINGS = [
  ...selected(ACCOUNT_SETTINGS, 'a'),
  ...selected(TOKEN_SETTINGS, 't'),
].join(', ')

/** A row of that query, in SQLite's types. */
export type StoredSettings = Readonly<Record<string, string | number | null>>

const read = (settings: Table, stored: StoredSettings): unknown =>
  Object.fromEntries(
    ofCaller(settings).map(([name, { kind }]) => {
      const value = stored[name] ?? null
      if (kind === 'flag') return [name, value === 1]
      const isJson = (kind === 'list' || kind === 'allowed') && value !== null
      return [name, isJson ? JSON.parse(String(value)) : value]
    }),
  )

export const toSettings = (stored: StoredSettings): CallerSettings =>
  read(ACCOUNT_SETTINGS, stored) as CallerSettings
export const toPolicy = (stored: StoredSettings): TokenPolicy =>
  read(TOKEN_SETTINGS, stored) as TokenPolicy

export const DEFAULTS = Object.fromEntries(
  ofCaller(ACCOUNT_SETTINGS).map(([name, { byDefault }]) => [name, byDefault]),
) as CallerSettings

export const UNKNOWN_POLICY = Object.fromEntries(
  ofCaller(TOKEN_SETTINGS).map(([name, { whenUnknown }]) => [name, whenUnknown]),
) as TokenPolicy
