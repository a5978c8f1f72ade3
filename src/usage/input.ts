import * as z from 'zod'
import { oneOf, requestFilter } from '../logs/filter.ts'
import { readZone } from '../web/zone.ts'
import { binStarts, fitRange, INTERVALS } from './bins.ts'

export const GROUPS = ['model', 'requester', 'token'] as const
export type GroupBy = (typeof GROUPS)[number]

const MAX_BINS = 800
/** Three years: each hour of it may have to be read by itself. */
const MAX_DAYS = 1_100
/** Five minutes are read from single requests. */
const MAX_FINE_HOURS = 6

/** What sums are asked for by. Lists: any of their values. */
export const usageQuery = z
  .object({
    ...requestFilter.pick({ from: true, to: true, model: true, requester: true, token: true })
      .shape,
    from: requestFilter.shape.from.unwrap(),
    interval: oneOf(INTERVALS).optional(),
    groupBy: oneOf(GROUPS).optional(),
    zone: z
      .string()
      .refine((name) => readZone(name) === name, 'use a time zone such as Europe/Zurich')
      .default('UTC'),
  })
  .transform(({ from, to, ...rest }) => ({
    ...rest,
    ...fitRange(from, to ?? Date.now(), rest.interval),
  }))
  .refine(({ fromMs, beforeMs }) => fromMs < beforeMs, {
    path: ['from'],
    message: 'use a time before "to"',
  })
  .refine(({ fromMs, beforeMs }) => beforeMs - fromMs <= MAX_DAYS * 86_400_000, {
    path: ['from'],
    message: `use a range of at most ${MAX_DAYS} days`,
  })
  .refine(
    ({ fromMs, beforeMs, interval }) =>
      interval !== '5min' || beforeMs - fromMs <= MAX_FINE_HOURS * 3_600_000,
    { path: ['interval'], message: `use a longer one, or a range of ${MAX_FINE_HOURS} hours` },
  )
  .refine(
    ({ fromMs, beforeMs, interval, zone }) =>
      interval === undefined || binStarts(fromMs, beforeMs, interval, zone).length <= MAX_BINS,
    { path: ['interval'], message: `use a longer one, or a shorter range: at most ${MAX_BINS}` },
  )

export type UsageQuery = z.output<typeof usageQuery>
