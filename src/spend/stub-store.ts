import type { Env } from '../env.ts'
import type { BudgetState } from './object/state.ts'
import type { Correction } from './object/count.ts'
import type { Answer, Sync } from './protocol.ts'

/** An account's object, as others see it. `object/object.ts` is the same from the inside. */
export interface SpendStub {
  sync: (sync: Sync) => Promise<Answer>
  refresh: (accountId: string) => Promise<void>
  state: (accountId: string, budgetId: string, value: string | null) => Promise<BudgetState>
  states: (accountId: string) => Promise<Record<string, BudgetState>>
  check: (accountId: string) => Promise<Correction[]>
  erase: () => Promise<void>
}

/** The object of an account. Each request needs its own: a stub belongs to the request that made it. */
export const spendOf = ({ SPEND }: Env, accountId: string): SpendStub =>
  SPEND.getByName(accountId) as unknown as SpendStub
