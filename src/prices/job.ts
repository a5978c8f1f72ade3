import type { Env } from '../env.ts'
import { updatePrices } from './store.ts'

/** Holds the price table against xAI's own, and both against xAI's bills. */
export const keepPrices = (env: Env, nowMs: number): Promise<void> => updatePrices(env, nowMs)
