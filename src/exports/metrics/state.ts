import { conditionsOf } from '../../reports/health/conditions.ts'
import { oldestUnwrittenMs, type LedgerState } from '../../reports/health/ledger.ts'
import type { BudgetInfo } from '../../spend/budgets/store.ts'
import type { BudgetState, ValueState } from '../../spend/object/state.ts'
import type { Metric } from './exposition.ts'

interface Budgets {
  budgets: readonly BudgetInfo[]
  /** Null: the account's object does not answer. */
  states: Readonly<Record<string, BudgetState>> | null
  isByRequester: boolean
}

const FIGURES = {
  metrion_budget_limit: ['limit', 'The limit, in ticks, tokens or requests as the meter says.'],
  metrion_budget_spent: ['spent', 'Spent in the running window.'],
  metrion_budget_reserved: ['reserved', 'Reserved for running requests.'],
} as const satisfies Record<string, readonly [keyof ValueState, string]>

/** Budgets for each requester have a series per requester only if that was asked for. */
export function budgetMetrics({ budgets, states, isByRequester }: Budgets): Metric[] {
  const values = budgets
    .filter(({ scope }) => isByRequester || scope !== 'requester')
    .flatMap((budget) =>
      (states?.[budget.id]?.values ?? []).map((state) => ({
        state,
        labels: {
          budget: budget.name,
          budget_id: budget.id,
          meter: budget.meter,
          window: budget.window,
          scope: budget.scope,
          value: state.value,
        },
      })),
    )
  return [
    {
      name: 'metrion_budgets_readable',
      type: 'gauge',
      help: '0: the amounts of budgets cannot be read now.',
      samples: budgets.length === 0 ? [] : [{ labels: {}, value: states === null ? 0 : 1 }],
    },
    ...Object.entries(FIGURES).map(([name, [field, help]]): Metric => ({
      name,
      type: 'gauge',
      help,
      samples: values.map(({ state, labels }) => ({ labels, value: state[field] })),
    })),
  ]
}

const ENTRIES = ['accepted', 'written', 'waiting', 'dead', 'lost'] as const

/** The state of the deployment's ledger. Null: it cannot be read. */
export function ledgerMetrics(state: LedgerState | null, nowMs: number): Metric[] {
  const up: Metric = {
    name: 'metrion_ledger_up',
    type: 'gauge',
    help: '0: the ledger cannot be read now.',
    samples: [{ labels: {}, value: state === null ? 0 : 1 }],
  }
  if (state === null) return [up]
  const oldestMs = oldestUnwrittenMs(state)
  const sizes = Object.entries(state.databases)
  return [
    up,
    {
      name: 'metrion_ledger_entries',
      type: 'gauge',
      help: 'Requests that need a row: accepted = written + waiting + dead + lost.',
      samples: ENTRIES.map((name) => ({ labels: { state: name }, value: state.counts[name] })),
    },
    {
      name: 'metrion_ledger_oldest_waiting_seconds',
      type: 'gauge',
      help: 'The age of the oldest row that is not written yet.',
      samples: [
        { labels: {}, value: oldestMs === null ? 0 : Math.max(0, nowMs - oldestMs) / 1_000 },
      ],
    },
    {
      name: 'metrion_database_bytes',
      type: 'gauge',
      help: 'The size of each database.',
      samples: sizes.map(([database, { bytes }]) => ({ labels: { database }, value: bytes })),
    },
    {
      name: 'metrion_database_limit_bytes',
      type: 'gauge',
      help: 'The most that each database may hold.',
      samples: sizes.map(([database, { limitBytes }]) => ({
        labels: { database },
        value: limitBytes,
      })),
    },
    {
      name: 'metrion_condition',
      type: 'gauge',
      help: 'What is wrong with the deployment, as the Health page says.',
      samples: conditionsOf(state, nowMs).map(({ id, level }) => ({
        labels: { id, level },
        value: 1,
      })),
    },
  ]
}
