import type { Env } from '../env.ts'
import type { Refusal } from '../http/refusals.ts'
import type { BudgetState } from './object/state.ts'
import type { Correction } from './object/count.ts'
import { RATE_KINDS, type Answer, type Rates, type Sync } from './protocol.ts'

/** An account's object, as others see it. `object/object.ts` is the same from the inside. */
export interface SpendStub {
  sync: (sync: Sync) => Promise<Answer>
  refresh: (accountId: string) => Promise<void>
  state: (accountId: string, budgetId: string, value: string | null) => Promise<BudgetState>
  states: (accountId: string) => Promise<Record<string, BudgetState>>
  check: (accountId: string) => Promise<Correction[]>
  erase: () => Promise<void>
}

const absent = (): Promise<never> =>
  Promise.reject(new Error('this deployment has no binding SPEND'))
const ABSENT: SpendStub = {
  sync: absent,
  refresh: absent,
  state: absent,
  states: absent,
  check: absent,
  erase: absent,
}

/** Null: the deployment can hold what is asked for. A limit that nothing checks must not be saved. */
export const refuseSpend = ({ SPEND }: Env, isAsked: boolean): Refusal | null =>
  isAsked && !SPEND ? { reason: 'spend_absent' } : null

/** The same for the rate limits of a token. */
export const refuseRates = (env: Env, rates: { [Kind in keyof Rates]?: Rates[Kind] | undefined }) =>
  refuseSpend(
    env,
    RATE_KINDS.some((kind) => rates[kind] != null),
  )

/** The object of an account. Each request needs its own: a stub belongs to the request that made it. */
export const spendOf = ({ SPEND }: Env, accountId: string): SpendStub =>
  SPEND ? (SPEND.getByName(accountId) as unknown as SpendStub) : ABSENT
