import { DurableObject } from 'cloudflare:workers'
import type { Env } from '../../env.ts'
import type { Answer, Sync } from '../protocol.ts'
import type { Correction } from './count.ts'
import type { AccountSpend } from './account-store.ts'
import type { BudgetState } from './state.ts'

/**
 * An account's object: the one place that decides what is left of its budgets and rate limits. What it does is loaded
 * on first use, since most deployments' isolates have none.
 */
export class Spend extends DurableObject<Env> {
  private loaded: Promise<AccountSpend> | null = null

  async sync(sync: Sync): Promise<Answer> {
    return (await this.spend(sync.accountId)).sync(sync)
  }

  /** Reads the account's budgets again, because they have changed, and counts those that did from the ledger. */
  async refresh(accountId: string): Promise<void> {
    await (await this.spend(accountId)).refresh(Date.now())
  }

  /** The state of a budget's running window: of one value, or of those with the most spent. */
  async state(accountId: string, budgetId: string, value: string | null): Promise<BudgetState> {
    return (await this.spend(accountId)).state(budgetId, value, Date.now())
  }

  /** The same of all budgets, by their ids. */
  async states(accountId: string): Promise<Record<string, BudgetState>> {
    return (await this.spend(accountId)).states(Date.now())
  }

  /** Compares all budgets with the ledger and corrects them. */
  async check(accountId: string): Promise<Correction[]> {
    return (await this.spend(accountId)).check(Date.now())
  }

  /** The account is deleted. */
  async erase(): Promise<void> {
    this.loaded = null
    await this.ctx.storage.deleteAll()
  }

  private spend(accountId: string): Promise<AccountSpend> {
    this.loaded ??= import('./account-store.ts').then(
      ({ AccountSpend: Loaded }) => new Loaded(this.env, this.ctx, accountId),
    )
    return this.loaded
  }
}
