import { limitAt } from '../budget.ts'
import { excessOf, linesOf, type Line } from '../lines.ts'
import type { Answer, BudgetRefused, Grant, Growth, Renewal, Sync, Want } from '../protocol.ts'
import { freeFor, heldOf, hold, isLow, isOverLeased, leftOf, spentOf } from './bucket.ts'
import { Counter, type SampleStore } from './counter.ts'
import type { Funds } from './funds.ts'
import { expectedBy, sampleKey } from './samples.ts'
import type { Settled } from './settled.ts'

const NO_ANSWER: Answer = {
  refused: null,
  expected: null,
  grants: [],
  rates: [],
  rateShare: 0,
  shrinks: [],
}

/** Decides what an account's isolates may use of its budgets and rate limits. No I/O but through its stores. */
export class Pool {
  private readonly funds: Funds
  private readonly samples: SampleStore
  private readonly counter: Counter

  constructor(funds: Funds, samples: SampleStore, settled: Settled) {
    this.funds = funds
    this.samples = samples
    this.counter = new Counter(funds, samples, settled)
  }

  /** Takes over what an isolate reports, then decides on what it asks for. */
  sync(sync: Sync): Answer {
    const { id, isolate, nowMs, reports } = sync
    for (const report of reports) this.counter.take(report, isolate, nowMs)
    if (this.counter.isAbandoned(id)) return NO_ANSWER
    const answer = this.decide(sync)
    this.counter.noteGranted(sync, answer)
    return answer
  }

  private decide({ isolate, nowMs, want, growth, renews }: Sync): Answer {
    const answer = want ? this.admit(want, isolate, nowMs) : NO_ANSWER
    const grown = growth ? this.grow(growth, isolate, nowMs) : null
    const { grants, shrinks } = this.renew(renews, isolate, nowMs)
    return {
      ...answer,
      refused: answer.refused ?? grown?.refused ?? null,
      grants: [...answer.grants, ...(grown?.grants ?? []), ...grants],
      shrinks,
    }
  }

  private admit(want: Want, isolate: string, nowMs: number): Answer {
    this.funds.rates.giveBack(want.tokenId, want.rateLeft, nowMs)
    const known = want.isExact ? null : expectedBy(this.samples.read(sampleKey(want)))
    const expected = known ?? want.expected
    const needs = linesOf(this.funds.budgets, want, this.funds.zone).map((line) => ({
      line,
      amount: expected[line.budget.meter],
      excess: excessOf(want, expected, line),
    }))
    for (const { line, amount } of needs) {
      const refused = this.refusalOf(line, amount, nowMs)
      if (refused) return { ...NO_ANSWER, refused, expected: known }
    }
    const refused = this.funds.rates.refusalOf(want.tokenId, want.rates, nowMs)
    const states = this.funds.rates.statesOf(want.tokenId, want.rates, nowMs)
    if (refused) return { ...NO_ANSWER, refused, expected: known, rates: states }
    const grants = needs.map(({ line, amount, excess }): Grant => {
      const { share } = want
      return this.reserve(line, isolate, { amount, excess, share }, true, nowMs)
    })
    // Without leases of its budgets, the isolate asks for each request all the same.
    const mayLease = grants.every(({ reserved, free }) => reserved === 0 || free >= reserved)
    const share = mayLease ? want.share : 0
    const rateShare = this.funds.rates.admit(want.tokenId, isolate, want.rates, share, nowMs)
    const rates = this.funds.rates.statesOf(want.tokenId, want.rates, nowMs, rateShare)
    return { ...NO_ANSWER, expected: known, grants, rates, rateShare }
  }

  private reserve(
    line: Line,
    isolate: string,
    needed: { amount: number; excess: number; share: number },
    isRequest: boolean,
    nowMs: number,
  ): Grant {
    let free = 0
    let excessRatio = 0
    this.funds.change(
      line,
      (bucket) => {
        free = freeFor(bucket, line.budget, needed, nowMs)
        excessRatio = hold(bucket, isolate, needed, { free, isRequest }, nowMs)
      },
      nowMs,
    )
    const own = isRequest ? { reserved: needed.amount, excess: needed.excess } : {}
    return { ...this.grantOf(line, isRequest, nowMs), free, excessRatio, ...own }
  }

  /** A grant of nothing yet. */
  private grantOf(line: Line, isRequest: boolean, nowMs: number): Grant {
    const { meter, action, changedAtMs } = line.budget
    const isLowNow = isLow(this.funds.buckets.read(line), line.budget, nowMs)
    const nothing = { reserved: 0, free: 0, excessRatio: 0, excess: 0 }
    return {
      line: line.id,
      meter,
      ...nothing,
      isRequest,
      changedAtMs,
      stops: action === 'stop',
      isLow: isLowNow,
    }
  }

  /** A budget that only warns refuses nothing. */
  private refusalOf(line: Line, amount: number, nowMs: number): BudgetRefused | null {
    const { budget, value, period } = line
    if (budget.action === 'warn') return null
    const bucket = this.funds.buckets.read(line)
    if (leftOf(bucket, budget, nowMs) >= Math.max(amount, 1)) return null
    return {
      refusedBy: 'budget',
      budget,
      value,
      spent: spentOf(bucket),
      reserved: heldOf(bucket),
      needed: amount,
      limit: limitAt(budget, nowMs),
      resetsAtMs: period.endMs,
    }
  }

  /** Leases of it are given back. */
  private isShort(line: Line, nowMs: number): boolean {
    const bucket = this.funds.buckets.read(line)
    return isLow(bucket, line.budget, nowMs) || isOverLeased(bucket, line.budget, nowMs)
  }

  private grow(
    { lines }: Growth,
    isolate: string,
    nowMs: number,
  ): { refused: BudgetRefused | null; grants: Grant[] } {
    const found = lines.flatMap(({ line: id, amount, step }) => {
      const line = this.funds.lineOf(id)
      return line ? [{ line, amount, step }] : []
    })
    for (const { line, amount } of found) {
      const refused = line.budget.action === 'stop' ? this.refusalOf(line, amount, nowMs) : null
      if (refused) return { refused, grants: [] }
    }
    const grants = found.map(({ line, amount, step }): Grant => {
      const left = leftOf(this.funds.buckets.read(line), line.budget, nowMs)
      const reserved = Math.max(amount, Math.min(step, left))
      const change = { line: line.id, held: reserved, free: 0, running: 0, excess: 0 }
      this.funds.apply(change, isolate, nowMs)
      return { ...this.grantOf(line, false, nowMs), reserved }
    })
    return { refused: null, grants }
  }

  private renew(
    renews: readonly Renewal[],
    isolate: string,
    nowMs: number,
  ): Pick<Answer, 'grants' | 'shrinks'> {
    const grants: Grant[] = []
    const shrinks: string[] = []
    for (const { line: id, need, excess, share } of renews) {
      const line = this.funds.lineOf(id)
      if (!line || this.isShort(line, nowMs)) shrinks.push(id)
      else if (share > 0)
        grants.push(this.reserve(line, isolate, { amount: need, excess, share }, false, nowMs))
    }
    return { grants, shrinks }
  }
}
