import type { Raised } from '../../alerts/raise-store.ts'
import type { Unit } from '../../alerts/rules/kinds.ts'
import { OTHERS } from '../../ledger/rollups/others.ts'
import type { Definition, Meter } from '../budget.ts'
import type { Line } from '../lines.ts'
import { passedThreshold, spentOf, type Bucket } from './bucket.ts'

const UNITS: Record<Meter, Unit> = { cost: 'ticks', tokens: 'tokens', requests: 'requests' }

/** Beyond so many at once, a threshold is told when its bucket changes next. */
const MOST = 200

/** Where crossings are kept until they have been told. */
export interface CrossingStore {
  read: () => Raised[]
  write: (raised: readonly Raised[]) => void
}

/** The thresholds that have been passed and not been told yet. */
export class Crossings {
  private readonly accountId: string
  private readonly store: CrossingStore
  private waiting: Raised[]

  constructor(accountId: string, store: CrossingStore) {
    this.accountId = accountId
    this.store = store
    this.waiting = store.read()
  }

  /** Notes a threshold that a bucket has passed. Windows that are over are not told of. */
  note(line: Line, bucket: Bucket, definition: Definition, nowMs: number): void {
    const { period, value } = line
    if (value === OTHERS || (period.endMs !== null && period.endMs <= nowMs)) return
    if (this.waiting.length >= MOST) return
    const passed = passedThreshold(bucket, definition, nowMs)
    if (passed === null) return
    bucket.told = passed
    this.waiting.push(this.raisedOf(line, bucket, definition, { ...passed, nowMs }))
    this.store.write(this.waiting)
  }

  /** Hands over what waits, and what comes meanwhile. What cannot be told now waits for the next time. */
  async tell(raise: (raised: readonly Raised[]) => Promise<void>): Promise<void> {
    while (this.waiting.length > 0) {
      const told = [...this.waiting]
      await raise(told)
      this.waiting = this.waiting.filter((one) => !told.includes(one))
      this.store.write(this.waiting)
    }
  }

  private raisedOf(
    { id, value, period }: Line,
    bucket: Bucket,
    { id: budgetId, name, scope, meter, window, action }: Definition,
    { limit, percent, nowMs }: { limit: number; percent: number; nowMs: number },
  ): Raised {
    return {
      accountId: this.accountId,
      onceKey: ['budget', id, limit, percent].join('/'),
      channels: null,
      facts: {
        kind: 'budget',
        level: percent >= 100 ? 'alert' : 'warning',
        ruleId: null,
        name,
        scope: { kind: scope, value: scope === 'account' ? null : value },
        value: spentOf(bucket),
        limit,
        unit: UNITS[meter],
        fromMs: period.startMs,
        toMs: nowMs,
        detail: { budgetId, window, percent, resetsAtMs: period.endMs, action },
      },
    }
  }
}
