/** Cloudflare's plan. */
export type Plan = 'free' | 'paid'

/**
 * What Cloudflare's plans allow and what more costs, as of 2026-11-26. Free: a day, and refused beyond. Paid: included a
 * month, with the price of a million more.
 * https://developers.cloudflare.com/workers/platform/pricing/, /d1/platform/pricing/, /kv/platform/pricing/,
 * /queues/platform/pricing/, /durable-objects/platform/pricing/, /analytics/analytics-engine/pricing/,
 * /workers/observability/logs/workers-logs/#pricing
 */
export interface Allowance {
  title: string
  unit: string
  freeADay: number
  paidAMonth: number
  usdAMillionMore: number
  /** What happens on Free beyond it. */
  beyond: string
}

export const ALLOWANCES = {
  workerRequests: {
    title: 'Worker requests',
    unit: 'requests',
    freeADay: 100_000,
    paidAMonth: 10_000_000,
    usdAMillionMore: 0.3,
    beyond: 'Cloudflare answers callers with error 1027 until midnight UTC.',
  },
  rowsWritten: {
    title: 'D1 rows written',
    unit: 'rows',
    freeADay: 100_000,
    paidAMonth: 50_000_000,
    usdAMillionMore: 1,
    beyond:
      'D1 refuses writes until midnight UTC. Requests are still answered; rows wait in the queue and in KV.',
  },
  rowsRead: {
    title: 'D1 rows read',
    unit: 'rows',
    freeADay: 5_000_000,
    paidAMonth: 25_000_000_000,
    usdAMillionMore: 0.001,
    beyond:
      'D1 refuses reads until midnight UTC. Pages fail; requests are still answered, with tokens from KV.',
  },
  kvReads: {
    title: 'KV reads',
    unit: 'reads',
    freeADay: 100_000,
    paidAMonth: 10_000_000,
    usdAMillionMore: 0.5,
    beyond: 'Tokens are read from D1 instead.',
  },
  kvWrites: {
    title: 'KV writes',
    unit: 'writes',
    freeADay: 1_000,
    paidAMonth: 1_000_000,
    usdAMillionMore: 5,
    beyond: 'Tokens are read from D1 instead, and KV keeps no rows that D1 and the queue refuse.',
  },
  kvLists: {
    title: 'KV lists',
    unit: 'lists',
    freeADay: 1_000,
    paidAMonth: 1_000_000,
    usdAMillionMore: 5,
    beyond: 'Rows that wait in KV are written on the next day.',
  },
  queueOperations: {
    title: 'Queue operations',
    unit: 'operations',
    freeADay: 10_000,
    paidAMonth: 1_000_000,
    usdAMillionMore: 0.4,
    beyond: 'Rows go to D1, and to KV if that refuses them.',
  },
  objectRequests: {
    title: 'Durable Object requests',
    unit: 'requests',
    freeADay: 100_000,
    paidAMonth: 1_000_000,
    usdAMillionMore: 0.15,
    beyond: 'Budgets cannot be checked until midnight UTC; each says whether requests pass then.',
  },
  objectRows: {
    title: 'Durable Object rows written',
    unit: 'rows',
    freeADay: 100_000,
    paidAMonth: 50_000_000,
    usdAMillionMore: 1,
    beyond: 'Budgets cannot be checked until midnight UTC; each says whether requests pass then.',
  },
  logEvents: {
    title: 'Workers Logs events',
    unit: 'events',
    freeADay: 200_000,
    paidAMonth: 20_000_000,
    usdAMillionMore: 0.6,
    beyond: 'Later logs of the day are missing. Set head_sampling_rate under [observability].',
  },
  points: {
    title: 'Analytics Engine points',
    unit: 'points',
    freeADay: 100_000,
    paidAMonth: 10_000_000,
    usdAMillionMore: 0.25,
    beyond: 'Requests leave no points in Analytics Engine. The ledger is not affected.',
  },
} as const satisfies Record<string, Allowance>

export type AllowanceName = keyof typeof ALLOWANCES

/** CPU in JavaScript: Free limits each invocation; Paid has a sum a month. */
export const CPU = {
  freeMsARequest: 10,
  paidMsAMonth: 30_000_000,
  usdAMillionMsMore: 0.02,
} as const

/** The size of the ledger's database, and what Paid includes for all databases. */
export const STORAGE = {
  bytes: { free: 500_000_000, paid: 10_000_000_000 } satisfies Record<Plan, number>,
  paidIncludedBytes: 5_000_000_000,
  usdAGigabyteMonthMore: 0.75,
} as const

export const PAID_USD_A_MONTH = 5
