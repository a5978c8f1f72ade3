import type * as z from 'zod'
import { decimalUsd } from '../../http/format.ts'
import type { Session } from './store.ts'
import type { sessionAnswer } from './answer.ts'

const iso = (ms: number): string => new Date(ms).toISOString()

export const presentSession = ({
  firstMs,
  lastMs,
  ...sums
}: Session): z.output<typeof sessionAnswer> => ({
  ...sums,
  costUsd: decimalUsd(sums.costTicks),
  savedUsd: decimalUsd(sums.savedTicks),
  firstAt: iso(firstMs),
  lastAt: iso(lastMs),
  durationMs: Math.max(0, lastMs - firstMs),
})
