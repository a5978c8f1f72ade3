/**
 * A setting of an account or a token. Its column, the cached caller, KV's record, the form and the audit log
 * are derived from it. Run `npm run migrations` after a change.
 */
export type Setting = {
  column: string
  /** Its name in the audit log. */
  audit: string
  /** The proxy needs it for every request, so KV's record of a caller includes it. */
  ofCaller: boolean
  /** Tokens only: the value if KV's record lacks it and D1 does not answer. */
  whenUnknown?: unknown
} & (
  | { kind: 'flag'; byDefault: boolean }
  | { kind: 'list'; byDefault: readonly string[] }
  | { kind: 'choice'; values: readonly [string, ...string[]]; byDefault: string }
  /** A list of allowed values; null: all are allowed. */
  | { kind: 'allowed'; byDefault: null }
  /** Null by default. */
  | { kind: 'text' | 'number'; byDefault: null }
)

export type Table = Readonly<Record<string, Setting>>

export const table = <const T extends Table>(settings: T): T => settings
