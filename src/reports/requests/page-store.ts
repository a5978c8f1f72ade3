import type * as z from 'zod'
import { isRefusal, type Refusal } from '../../http/refusals.ts'
import { readQuery } from './filter.ts'
import { sortProblem, type pageInput } from './input.ts'
import { listSorted, type SortedPage } from './sorted-store.ts'
import { listRequests } from './store.ts'

type PageInput = z.output<typeof pageInput>

/** The parsed query of a page of the list, or a refusal. */
export function readPageQuery(
  schema: z.ZodType<PageInput>,
  queries: Readonly<Record<string, string[]>>,
): PageInput | Refusal {
  const input = readQuery(schema, queries)
  return isRefusal(input) ? input : (sortProblem(input) ?? input)
}

/** A page of the list, sorted as it was asked for. */
export async function listPage(
  ledger: D1Database,
  accountId: string,
  { limit, cursor, sort, order, ...filter }: PageInput,
): Promise<SortedPage> {
  if (sort !== 'time') return listSorted(ledger, accountId, filter, { sort, order }, limit, cursor)
  const page = await listRequests(ledger, accountId, filter, limit, cursor, { order })
  return { ...page, comparedFromMs: null }
}
