import { readSettings, type Env } from '../../env.ts'
import { budgetsSql, type Budget } from '../budget.ts'
import { readSpentAndNewest } from '../ledger-store.ts'
import { keyOf, plainValue } from '../lines.ts'
import type { Answer, Sync } from '../protocol.ts'
import { currentPeriod, periodsBefore } from '../window.ts'
import { emptyBucket, type Bucket } from './bucket.ts'
import { Buckets, type StoredBucket } from './buckets.ts'
import { countAnew, type Correction } from './count.ts'
import { ObjectStore } from './object-store.ts'
import { Funds } from './funds.ts'
import { Pool } from './pool.ts'
import { Settled } from './settled.ts'
import { describe, type BudgetState } from './state.ts'

const MOST_VALUES = 100
const MOST_GONE = 200
/** Budgets a check: each takes up to four queries, and Free allows an invocation fifty. */
const MOST_CHECKED = { free: 10, paid: 100 } as const
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
  /** When the latest reading of the definitions began. */
  private readAtMs = 0
  /** Budgets, and changes of them, that isolates know and the accounts’ database does not. */
  private readonly gone = new Map<string, number>()
  /** The budget that is checked next. */
  private checked = 0

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
    const arrivedMs = Date.now()
    // Budgets that have changed are not open before the ledger has been counted.
    while (this.refreshing) await this.refreshing.catch(() => {})
    const { want } = sync
    if (want && this.isBehind(want.known)) {
      // One reading that began since serves all that came before it.
      if (this.readAtMs < arrivedMs || this.readAtMs === 0) await this.refresh(Date.now())
      this.noteGone(want.known)
    }
    // The clocks of isolates differ; one decides.
    return this.pool.sync({ ...sync, nowMs: Date.now() })
  }

  /** The isolate knows a budget, or a change of one, that is not known here. */
  private isBehind(known: Readonly<Record<string, number>>): boolean {
    const here = new Map(this.funds.budgets.map(({ id, changedAtMs }) => [id, changedAtMs]))
    return Object.entries(known).some(
      ([id, changedAtMs]) =>
        (here.get(id) ?? -1) < changedAtMs && (this.gone.get(id) ?? -1) < changedAtMs,
    )
  }

  /** The accounts' database has not what an isolate knows: its record in KV is late, and is not read for again. */
  private noteGone(known: Readonly<Record<string, number>>): void {
    const here = new Map(this.funds.budgets.map(({ id, changedAtMs }) => [id, changedAtMs]))
    for (const [id, changedAtMs] of Object.entries(known))
      if ((here.get(id) ?? -1) < changedAtMs) this.gone.set(id, changedAtMs)
    for (const [oldest] of this.gone) if (this.gone.size > MOST_GONE) this.gone.delete(oldest)
  }

  /** A reading that is under way may have begun before the change: another one follows it. */
  refresh(nowMs: number): Promise<void> {
    const before = this.refreshing ?? Promise.resolve()
    const mine = before
      .catch(() => {})
      .then(() => this.readDefinitions(nowMs))
      .finally(() => {
        if (this.refreshing === mine) this.refreshing = null
      })
    this.refreshing = mine
    return mine
  }

  private async readDefinitions(nowMs: number): Promise<void> {
    const beganMs = Date.now()
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
    this.readAtMs = beganMs
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
    const corrections: Correction[] = []
    for (const budget of budgets) corrections.push(...(await this.countOne(budget, isNew, nowMs)))
    return corrections
  }

  private async countOne(budget: Budget, isNew: boolean, nowMs: number): Promise<Correction[]> {
    const period = currentPeriod(budget.window, this.funds.zone, nowMs)
    const readAtMs = Date.now()
    const { spent, newest } = await readSpentAndNewest(
      this.env.LEDGER,
      this.accountId,
      budget,
      [period],
      nowMs,
    )
    const missing = this.settled.missing(newest.ids, newest.sinceMs, readAtMs)
    this.settled.noteCount(budget.id, newest.ids)
    const values = this.store.values(keyOf(budget), period.startMs).map(({ value }) => value)
    const sum = { budget, period, spent: spent[0] ?? new Map<string, number>() }
    return countAnew(this.buckets, sum, { missing, values, zone: this.funds.zone, isNew }, nowMs)
  }

  async check(nowMs: number): Promise<Correction[]> {
    await this.refresh(nowMs)
    const { budgets } = this.funds
    const most = MOST_CHECKED[readSettings(this.env).plan]
    const due = [...budgets, ...budgets].slice(this.checked, this.checked + most)
    const corrections = await this.countFromLedger([...new Set(due)], false, nowMs)
    this.checked = budgets.length === 0 ? 0 : (this.checked + most) % budgets.length
    this.tidy(nowMs)
    return corrections
  }

  private tidy(nowMs: number): void {
    const { budgets, zone } = this.funds
    const oldest = budgets.map((budget): [string, number] => {
      const windows = periodsBefore(budget.window, zone, nowMs, KEPT_WINDOWS)
      return [keyOf(budget), windows.at(-1)?.startMs ?? 0]
    })
    this.store.tidy(new Map(oldest))
    this.buckets.reset()
  }

  async state(budgetId: string, value: string | null, nowMs: number): Promise<BudgetState> {
    if (!this.funds.budgets.some(({ id }) => id === budgetId)) await this.refresh(nowMs)
    const budget = this.funds.budgets.find(({ id }) => id === budgetId)
    return budget ? this.stateOf(budget, value, nowMs) : { values: [], before: [] }
  }

  private stateOf(budget: Budget, value: string | null, nowMs: number): BudgetState {
    const key = keyOf(budget)
    const period = currentPeriod(budget.window, this.funds.zone, nowMs)
    const stored =
      value === null
        ? this.store.buckets.largest(key, period.startMs, MOST_VALUES)
        : [this.storedOf(key, period.startMs, plainValue(budget, value))]
    const values = stored.map(({ value: own, state }) => {
      const bucket = (JSON.parse(state) as Bucket | null) ?? emptyBucket()
      return describe(budget, own, bucket, period, nowMs)
    })
    const single =
      budget.value === null
        ? budget.scope === 'account'
          ? ''
          : null
        : plainValue(budget, budget.value)
    if (values.length === 0 && single !== null)
      values.push(describe(budget, single, emptyBucket(), period, nowMs))
    return { values, before: this.before(budget, nowMs) }
  }

  states(nowMs: number): Record<string, BudgetState> {
    return Object.fromEntries(
      this.funds.budgets.map((budget) => [budget.id, this.stateOf(budget, null, nowMs)]),
    )
  }

  private storedOf(key: string, startMs: number, value: string): StoredBucket {
    return { value, state: this.store.buckets.read(key, startMs, value) ?? 'null' }
  }

  private before(budget: Budget, nowMs: number): BudgetState['before'] {
    return periodsBefore(budget.window, this.funds.zone, nowMs, KEPT_WINDOWS)
      .slice(1)
      .map(({ startMs }) => {
        const buckets = this.store
          .values(keyOf(budget), startMs)
          .map(({ state }) => JSON.parse(state) as Bucket)
        const most = buckets.reduce(
          (one, other) => (other.mostOver > one.mostOver ? other : one),
          emptyBucket(),
        )
        return { startMs, mostOver: most.mostOver, mostRunning: most.mostRunning }
      })
  }
}
