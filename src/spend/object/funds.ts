import type { Definition } from '../budget.ts'
import type { Line } from '../lines.ts'
import type { Change } from '../protocol.ts'
import { apply, noteBound, type Bucket } from './bucket.ts'
import type { Buckets } from './buckets.ts'
import { RateLimits } from './rates.ts'

/** An account's budgets with their buckets, and the rates of its tokens. */
export class Funds {
  budgets: readonly Definition[] = []
  readonly rates = new RateLimits()
  readonly buckets: Buckets

  constructor(buckets: Buckets) {
    this.buckets = buckets
  }

  get zone(): string {
    return this.buckets.zone
  }

  /** Takes over how an isolate's lease has changed. The line of a budget that is gone is left out. */
  apply(change: Change, isolate: string, nowMs: number): void {
    if (this.rates.apply(isolate, change, nowMs)) return
    const found = this.lineOf(change.line)
    if (found) this.change(found, (bucket) => apply(bucket, isolate, change, nowMs), nowMs)
  }

  lineOf(id: string): Line | null {
    return this.buckets.byLine(id, this.budgets)
  }

  change(line: Line, change: (bucket: Bucket) => void, nowMs: number): void {
    this.buckets.change(line, (bucket) => {
      change(bucket)
      noteBound(bucket, line.budget, nowMs)
    })
  }
}
