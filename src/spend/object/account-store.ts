import { raise } from '../../alerts/raise-store.ts'
import { readSettings, type Env } from '../../env.ts'
import { loggable } from '../../http/error-log.ts'
import { definitionsSql, type Budget, type Definition } from '../budget.ts'
import { readSpentAndNewest } from '../ledger-store.ts'
import { keyOf } from '../lines.ts'
import type { Answer, Sync } from '../protocol.ts'
import { currentPeriod, periodsBefore } from '../window.ts'
import { Buckets } from './buckets.ts'
import { Crossings } from './crossings.ts'
import { countAnew, type Correction } from './count.ts'
import { ObjectStore } from './object-store.ts'
import { Funds } from './funds.ts'
import { Pool } from './pool.ts'
import { Settled } from './settled.ts'
import { KEPT_WINDOWS, stateOf, type BudgetState } from './state.ts'

const MOST_GONE = 200
/** Budgets a check: each takes up to four queries, and Free allows an invocation fifty. */
const MOST_CHECKED = { free: 10, paid: 100 } as const

interface Definitions {
  zone: string
  budgets: readonly Definition[]
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
  private readonly crossings: Crossings
  private readonly ctx: Pick<DurableObjectState, 'storage' | 'waitUntil'>
  private telling = false
  private refreshing: Promise<void> | null = null
  /** When the latest reading of the definitions began. */
  private readAtMs = 0
  /** Budgets, and changes of them, that isolates know and the accounts’ database does not. */
  private readonly gone = new Map<string, number>()
  /** The budget that is checked next. */
  private checked = 0

  constructor(env: Env, ctx: Pick<DurableObjectState, 'storage' | 'waitUntil'>, accountId: string) {
    this.env = env
    this.ctx = ctx
    this.accountId = accountId
    this.store = new ObjectStore(ctx.storage.sql)
    this.buckets = new Buckets(this.store.buckets)
    this.crossings = new Crossings(accountId, this.store.crossings)
    this.buckets.watch = (line, bucket) => {
      const definition = this.funds.budgets.find(({ id }) => id === line.budget.id)
      if (definition) this.crossings.note(line, bucket, definition, Date.now())
    }
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
    const answer = this.pool.sync({ ...sync, nowMs: Date.now() })
    this.tell()
    return answer
  }

  /** Tells of the thresholds that were passed, behind the answer. What the database does not take is tried again. */
  private tell(): void {
    if (this.telling) return
    this.telling = true
    const told = this.crossings
      .tell((raised) => raise(this.env, raised, Date.now()))
      .catch((error: unknown) => console.error('thresholds not told', loggable(error)))
      .finally(() => (this.telling = false))
    this.ctx.waitUntil(told)
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
      `SELECT time_zone AS zone, ${definitionsSql('?1')} AS budgets FROM accounts WHERE id = ?1`,
    )
      .bind(this.accountId)
      .first<{ zone: string | null; budgets: string }>()
    const zone = row?.zone ?? 'UTC'
    const budgets = row === null ? [] : (JSON.parse(row.budgets) as Definition[])
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
    this.tell()
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
    this.tell()
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
    if (!budget) return { values: [], before: [] }
    return stateOf(this.store, budget, value, { zone: this.funds.zone, nowMs })
  }

  states(nowMs: number): Record<string, BudgetState> {
    const { budgets, zone } = this.funds
    return Object.fromEntries(
      budgets.map((budget) => [budget.id, stateOf(this.store, budget, null, { zone, nowMs })]),
    )
  }
}
