import * as z from 'zod'
import { oneOf, requestFilter } from '../requests/filter.ts'
import { readZone } from '../../http/zone.ts'
import { binStarts, fitRange, INTERVALS, type Interval } from './bins.ts'
import { DAY_MS, HOUR_MS } from '../../http/time.ts'

export const GROUPS = ['model', 'requester', 'token'] as const
export type GroupBy = (typeof GROUPS)[number]

const MAX_BINS = 800
/** Three years: each hour of the range may have to be read by itself. */
export const MAX_DAYS = 1_100
/** Intervals of five minutes are read from single requests. */
const MAX_FINE_HOURS = 6

const rangeFields = {
  ...requestFilter.pick({ from: true, to: true, model: true, requester: true, token: true }).shape,
  from: requestFilter.shape.from.unwrap(),
  interval: oneOf(INTERVALS).optional(),
  zone: z
    .string()
    .refine((name) => readZone(name) === name, 'use a time zone such as Europe/Zurich')
    .default('UTC'),
}

interface Asked {
  from: number
  to?: number | undefined
  interval?: Interval | undefined
}

const fit = <T extends Asked>({ from, to, ...rest }: T) => ({
  ...rest,
  ...fitRange(from, to ?? Date.now(), rest.interval),
})

interface Fitted {
  fromMs: number
  beforeMs: number
  interval?: Interval | undefined
  zone: string
}

/** Checks before the range is widened, which would make a backward range valid. */
function checkOrder({ from, to }: Asked, ctx: z.RefinementCtx): void {
  if (to !== undefined && from >= to)
    ctx.addIssue({ code: 'custom', path: ['from'], message: 'use a time before "to"' })
}

function checkRange({ fromMs, beforeMs, interval, zone }: Fitted, ctx: z.RefinementCtx): void {
  const refuse = (field: string, message: string): void =>
    ctx.addIssue({ code: 'custom', path: [field], message })
  const lengthMs = beforeMs - fromMs
  if (lengthMs <= 0) refuse('from', 'use a time before "to"')
  else if (lengthMs > MAX_DAYS * DAY_MS) refuse('from', `use a range of at most ${MAX_DAYS} days`)
  else if (interval === '5min' && lengthMs > MAX_FINE_HOURS * HOUR_MS)
    refuse('interval', `use a longer one, or a range of at most ${MAX_FINE_HOURS} hours`)
  else if (interval && binStarts(fromMs, beforeMs, interval, zone).length > MAX_BINS)
    refuse('interval', `use a longer one, or a shorter range: at most ${MAX_BINS}`)
}

/** A time range, in steps if an interval is given. Lists match any of their values. */
export const timeQuery = z
  .strictObject(rangeFields)
  .superRefine(checkOrder)
  .transform(fit)
  .superRefine(checkRange)
export type TimeQuery = z.output<typeof timeQuery>

/** The start of each step. Without an interval: one step, which begins with the range. */
export const startsOf = ({ fromMs, beforeMs, interval, zone }: TimeQuery): number[] =>
  interval ? binStarts(fromMs, beforeMs, interval, zone) : [fromMs]

/** The parameters of a query for sums. */
export const usageQuery = z
  .strictObject({ ...rangeFields, groupBy: oneOf(GROUPS).optional() })
  .superRefine(checkOrder)
  .transform(fit)
  .superRefine(checkRange)
export type UsageQuery = z.output<typeof usageQuery> & {
  /** Without an interval: the range is in steps of five minutes instead of full hours. */
  isFine?: boolean
  /** The exact end, within the last hour of the range: that hour is read from its requests. */
  endMs?: number | undefined
}
