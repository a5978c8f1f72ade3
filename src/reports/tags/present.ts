import type * as z from 'zod'
import { decimalUsd } from '../../http/format.ts'
import type { Tags } from './store.ts'
import type { tagsAnswer } from './answer.ts'

export const presentTags = ({ tags, addedFromMs }: Tags): z.output<typeof tagsAnswer> => ({
  tags: tags.map((sums) => ({ ...sums, costUsd: decimalUsd(sums.costTicks) })),
  addedFrom: addedFromMs === null ? null : new Date(addedFromMs).toISOString(),
})
