import type { Env } from '../../env.ts'
import { budgetsSql, limitAt, type Budget } from '../budget.ts'
import { readNewestIds, readSpent } from '../ledger-store.ts'
import type { Answer, Sync } from '../protocol.ts'
import { currentPeriod, periodsBefore } from '../window.ts'
import { emptyBucket, heldOf, runningOf, spentOf, unaccountedOf, type Bucket } from './bucket.ts'
import { Buckets } from './buckets.ts'
import { countAnew, type Correction, type LedgerSum } from './count.ts'
import { ObjectStore } from './object-store.ts'
import { Funds } from './funds.ts'
import { Pool } from './pool.ts'
import { Settled } from './settled.ts'

/** A budget's amount for one value in the running window, in the meter's unit. */
export interface ValueState {
  value: string
  spent: number
  /** Of running requests, and of leases. */
  reserved: number
  /** The part of it that isolates hold which are not heard of any more. */
  unaccounted: number
  limit: number
  startMs: number
  endMs: number | null
  running: number
  mostOver: number
  mostRunning: number
}

export interface BudgetState {
  values: ValueState[]
  /** Windows before the running one: by how much each could have been exceeded. */
  before: { startMs: number; mostOver: number; mostRunning: number }[]
}

const MOST_VALUES = 100
const KEPT_WINDOWS = 13

interface Definitions {
  zone: string
  budgets: readonly Budget[]
}

/** An account's budgets, with their definitions from the accounts' database and their amounts. */
export class AccountSpend {
  private readonly env: Env
  private readonly accountId: string
  private readonly store: ObjectStore
  private readonly buckets: Buckets
  private readonly settled = new Settled()
  private readonly funds: Funds
  private readonly pool: Pool
  private refreshing: Promise<void> | null = null

  constructor(env: Env, sql: SqlStorage, accountId: string) {
    this.env = env
    this.accountId = accountId
    this.store = new ObjectStore(sql)
    this.buckets = new Buckets(this.store.buckets)
    this.funds = new Funds(this.buckets)
    this.pool = new Pool(this.funds, this.store.samples, this.settled)
    const known = this.store.fact('definitions') as Definitions | null
    if (known) this.use(known)
  }

  async sync(sync: Sync): Promise<Answer> {
    // The clocks of isolates differ; one decides.
    const nowMs = Date.now()
    if (sync.want && this.isBehind(sync.want.known)) await this.refresh(nowMs)
    return this.pool.sync({ ...sync, nowMs })
  }

  /** The isolate knows a budget, or a change of one, that is not known here. */
  private isBehind(known: Readonly<Record<string, number>>): boolean {
    const here = new Map(this.funds.budgets.map(({ id, changedAtMs }) => [id, changedAtMs]))
    return Object.entries(known).some(([id, changedAtMs]) => (here.get(id) ?? -1) < changedAtMs)
  }

  refresh(nowMs: number): Promise<void> {
    this.refreshing ??= this.readDefinitions(nowMs).finally(() => (this.refreshing = null))
    return this.refreshing
  }

  private async readDefinitions(nowMs: number): Promise<void> {
    const row = await this.env.DB.prepare(
      `SELECT time_zone AS zone, ${budgetsSql('?1')} AS budgets FROM accounts WHERE id = ?1`,
    )
      .bind(this.accountId)
      .first<{ zone: string | null; budgets: string }>()
    const zone = row?.zone ?? 'UTC'
    const budgets = row === null ? [] : (JSON.parse(row.budgets) as Budget[])
    const isZoneNew = zone !== this.funds.zone
    const before = new Map(this.funds.budgets.map(({ id, changedAtMs }) => [id, changedAtMs]))
    const changed = budgets.filter(
      ({ id, changedAtMs }) => isZoneNew || before.get(id) !== changedAtMs,
    )
    // A new budget counts from the moment it is known, and then what the ledger already has.
    const { zone: zoneBefore, budgets: budgetsBefore } = this.funds
    this.use({ zone, budgets })
    try {
      await this.countFromLedger(changed, true, nowMs)
    } catch (error) {
      // Without what the ledger has, a new budget would begin with nothing spent.
      this.use({ zone: zoneBefore, budgets: budgetsBefore })
      throw error
    }
    this.store.noteFact('definitions', { zone, budgets })
  }

  private use({ zone, budgets }: Definitions): void {
    this.buckets.zone = zone
    this.funds.budgets = budgets
  }

  /** Sets the running windows of these budgets to what the ledger has. */
  private async countFromLedger(
    budgets: readonly Budget[],
    isNew: boolean,
    nowMs: number,
  ): Promise<Correction[]> {
    if (budgets.length === 0) return []
    const { LEDGER } = this.env
    const readAtMs = Date.now()
    const [ids, ...sums] = await Promise.all([
      readNewestIds(LEDGER, this.accountId, nowMs),
      ...budgets.map(async (budget): Promise<LedgerSum> => {
        const period = currentPeriod(budget.window, this.funds.zone, nowMs)
        const [spent] = await readSpent(LEDGER, this.accountId, budget, [period], nowMs)
        return { budget, period, spent: spent ?? new Map() }
      }),
    ])
    const missing = this.settled.missing(ids, readAtMs)
    return sums.flatMap((sum) => {
      const { budget, period } = sum
      this.settled.noteCount(budget.id, ids)
      const values = this.store.values(budget.id, period.startMs).map(({ value }) => value)
      return countAnew(this.buckets, sum, { missing, values, zone: this.funds.zone, isNew }, nowMs)
    })
  }

  async check(nowMs: number): Promise<Correction[]> {
    await this.refresh(nowMs)
    const corrections = await this.countFromLedger(this.funds.budgets, false, nowMs)
    this.tidy(nowMs)
    return corrections
  }

  private tidy(nowMs: number): void {
    const { budgets, zone } = this.funds
    const oldest = new Map(
      budgets.map(({ id, window }) => [
        id,
        periodsBefore(window, zone, nowMs, KEPT_WINDOWS).at(-1)?.startMs ?? 0,
      ]),
    )
    this.store.tidy([...oldest.keys()], (id) => oldest.get(id) ?? 0)
    this.buckets.reset()
  }

  async state(budgetId: string, value: string | null, nowMs: number): Promise<BudgetState> {
    if (!this.funds.budgets.some(({ id }) => id === budgetId)) await this.refresh(nowMs)
    const budget = this.funds.budgets.find(({ id }) => id === budgetId)
    return budget ? this.stateOf(budget, value, nowMs) : { values: [], before: [] }
  }

  private stateOf(budget: Budget, value: string | null, nowMs: number): BudgetState {
    const { id: budgetId } = budget
    const period = currentPeriod(budget.window, this.funds.zone, nowMs)
    const stored =
      value === null
        ? this.store.buckets.largest(budgetId, period.startMs, MOST_VALUES)
        : [{ value, state: this.store.buckets.read(budgetId, period.startMs, value) ?? 'null' }]
    const values = stored.map(({ value: own, state }) => {
      const bucket = (JSON.parse(state) as Bucket | null) ?? emptyBucket()
      return describe(budget, own, bucket, period, nowMs)
    })
    const single = budget.value ?? (budget.scope === 'account' ? '' : null)
    if (values.length === 0 && single !== null)
      values.push(describe(budget, single, emptyBucket(), period, nowMs))
    return { values, before: this.before(budget, nowMs) }
  }

  states(nowMs: number): Record<string, BudgetState> {
    return Object.fromEntries(
      this.funds.budgets.map((budget) => [budget.id, this.stateOf(budget, null, nowMs)]),
    )
  }

  private before(budget: Budget, nowMs: number): BudgetState['before'] {
    return periodsBefore(budget.window, this.funds.zone, nowMs, KEPT_WINDOWS)
      .slice(1)
      .map(({ startMs }) => {
        const buckets = this.store
          .values(budget.id, startMs)
          .map(({ state }) => JSON.parse(state) as Bucket)
        const most = buckets.reduce(
          (one, other) => (other.mostOver > one.mostOver ? other : one),
          emptyBucket(),
        )
        return { startMs, mostOver: most.mostOver, mostRunning: most.mostRunning }
      })
  }
}

function describe(
  budget: Budget,
  value: string,
  bucket: Bucket,
  { startMs, endMs }: { startMs: number; endMs: number | null },
  nowMs: number,
): ValueState {
  return {
    value,
    spent: spentOf(bucket),
    reserved: heldOf(bucket),
    unaccounted: unaccountedOf(bucket, nowMs),
    limit: limitAt(budget, nowMs),
    startMs,
    endMs,
    running: runningOf(bucket),
    mostOver: bucket.mostOver,
    mostRunning: bucket.mostRunning,
  }
}
