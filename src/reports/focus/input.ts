import * as z from 'zod'
import { DAY_MS } from '../../http/time.ts'
import { requestFilter } from '../requests/filter.ts'
import { MAX_DAYS } from '../usage/input.ts'

const floor = (ms: number): number => ms - (ms % DAY_MS)

/** The parameters of the FOCUS export. A range is widened to whole days (UTC); without `to`, it ends with today. */
export const focusQuery = z
  .strictObject({
    ...requestFilter.pick({ from: true, to: true, model: true, requester: true, token: true })
      .shape,
    from: requestFilter.shape.from.unwrap(),
  })
  .superRefine(({ from, to }, context) => {
    const toMs = to ?? Date.now()
    const refuse = (message: string): void =>
      context.addIssue({ code: 'custom', path: ['from'], message })
    if (from >= toMs) refuse('use a time before "to"')
    else if (toMs - from > MAX_DAYS * DAY_MS) refuse(`use a range of at most ${MAX_DAYS} days`)
  })
  .transform(({ from, to, ...filter }) => ({
    ...filter,
    fromMs: floor(from),
    beforeMs: floor((to ?? Date.now()) - 1) + DAY_MS,
  }))
export type FocusQuery = z.output<typeof focusQuery>
