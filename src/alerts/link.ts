import { FAILED } from '../ledger/outcomes.ts'
import type { Facts, FactKind } from './facts.ts'

const FAILURES: readonly string[] = FAILED.filter((outcome) => outcome !== 'refused')

/** The filters of the log that only some kinds have. */
const FILTERS: Partial<Record<FactKind, (facts: Facts) => [string, string][]>> = {
  error_rate: () => FAILURES.map((outcome) => ['outcome', outcome]),
  error_count: () => FAILURES.map((outcome) => ['outcome', outcome]),
  model_change: ({ detail: { requestedModel, model } }) => [
    ['model', model ?? requestedModel ?? ''],
  ],
  token_expiry: ({ detail: { tokenId } }) => [['token', tokenId ?? '']],
  token_unused: ({ detail: { tokenId } }) => [['token', tokenId ?? '']],
}

/** What is about no requests leads to the page that says more. */
const PAGES: Partial<Record<FactKind, string>> = {
  ledger: '/health',
  price_drift: '/health',
  credit: '/bill',
  test: '/alerts',
}

/** The page with the requests that a message is about: the log with its filters, where there are any. */
export function pathOf(facts: Facts): string {
  const page = PAGES[facts.kind]
  if (page !== undefined) return page
  const { scope, fromMs, toMs } = facts
  const params = new URLSearchParams()
  for (const [name, ms] of Object.entries({ from: fromMs, to: toMs }))
    if (ms !== null) params.set(name, new Date(ms).toISOString())
  if (scope.kind !== 'account' && scope.value !== null) {
    if (scope.kind === 'requester' && scope.value === '') params.set('unlabelled', 'on')
    else params.append(scope.kind, scope.value)
  }
  for (const [name, value] of FILTERS[facts.kind]?.(facts) ?? []) params.append(name, value)
  return `/logs?${params.toString()}`
}
