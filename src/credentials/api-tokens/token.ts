/** The scopes of an API token, with the text that people see. */
export const SCOPES = {
  usage:
    'sums: usage, latencies, the FOCUS file; and /metrics with budgets and the ledger’s health',
  requests: 'single requests: the log, errors and exports',
} as const
export type Scope = keyof typeof SCOPES

const PREFIX = 'mk-metrion-'
/** The prefix and 32 lower-case hexadecimal digits. */
const SHAPE = /^mk-metrion-[0-9a-f]{32}$/

export const isApiToken = (value: string): boolean => SHAPE.test(value)

export const makeApiToken = (): string =>
  PREFIX + crypto.getRandomValues(new Uint8Array(16)).toHex()
