/** The parts of a budget. A request counts against every budget that applies to it. */
export const SCOPES = ['account', 'token', 'requester', 'model'] as const
export type ScopeKind = (typeof SCOPES)[number]

/** `cost` in ticks; `tokens`: input and output; `requests`: those that went to xAI. */
export const METERS = ['cost', 'tokens', 'requests'] as const
export type Meter = (typeof METERS)[number]

/** Calendar windows in the account's time zone; weeks begin on Monday. */
export const WINDOWS = ['hour', 'day', 'week', 'month', 'lifetime'] as const
export type Window = (typeof WINDOWS)[number]

/** `warn` refuses nothing; `refuse`: new requests; `stop`: new requests, and streams that are running. */
export const ACTIONS = ['warn', 'refuse', 'stop'] as const
export type Action = (typeof ACTIONS)[number]

/** What happens to a request if the account's object does not answer. */
export const WHEN_UNAVAILABLE = ['open', 'closed'] as const
export type WhenUnavailable = (typeof WHEN_UNAVAILABLE)[number]

export const DEFAULT_THRESHOLDS: readonly number[] = [90, 100]

/** The part of a budget that a request needs: KV's record of a caller and the account's object hold it. */
export interface Budget {
  id: string
  name: string
  scope: ScopeKind
  /** The one value that the budget is for. Null: each value has its own, or the scope is the account. */
  value: string | null
  meter: Meter
  window: Window
  limit: number
  action: Action
  whenUnavailable: WhenUnavailable
  /** The limit is higher by `increaseBy` until `increaseUntilMs`. Null: it is not. */
  increaseBy: number | null
  increaseUntilMs: number | null
  /** When it was created or last changed: the newer definition holds. */
  changedAtMs: number
}

/** The limit at a moment. */
export const limitAt = ({ limit, increaseBy, increaseUntilMs }: Budget, nowMs: number): number =>
  increaseBy !== null && increaseUntilMs !== null && nowMs < increaseUntilMs
    ? limit + increaseBy
    : limit

/** The columns of `budgets` by the names of a Budget. */
const COLUMNS: Record<keyof Budget, string> = {
  id: 'id',
  name: 'name',
  scope: 'scope',
  value: 'value',
  meter: 'meter',
  window: 'window',
  limit: 'limit_amount',
  action: 'action',
  whenUnavailable: 'when_unavailable',
  increaseBy: 'increase_by',
  increaseUntilMs: 'increase_until_ms',
  changedAtMs: 'changed_at_ms',
}

const membersOf = (columns: Readonly<Record<string, string>>): string =>
  Object.entries(columns)
    .map(([name, column]) => `'${name}', ${column}`)
    .join(', ')

const PARTS = membersOf(
  Object.fromEntries(Object.entries(COLUMNS).map(([name, column]) => [name, `b.${column}`])),
)

const listSql = (members: string, accountId: string, condition: string): string =>
  `(SELECT json_group_array(json_object(${members}))
    FROM (SELECT * FROM budgets WHERE account_id = ${accountId} ORDER BY created_at_ms, id) AS b WHERE ${condition})`

/** SQL: the budgets of an account that a condition selects, as a JSON array of Budgets. */
export const budgetsSql = (accountId: string, condition = 'true'): string =>
  listSql(PARTS, accountId, condition)

/** A budget with the thresholds at which people are told, in percent of the limit, in ascending order. */
export interface Definition extends Budget {
  thresholds: readonly number[]
}

/** SQL: the budgets of an account, as a JSON array of Definitions. */
export const definitionsSql = (accountId: string): string =>
  listSql(`${PARTS}, 'thresholds', json(b.thresholds)`, accountId, 'true')
