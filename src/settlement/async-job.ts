import type { LedgerEntry } from '../ledger/entry.ts'
import { NO_JOB, type Bill, type AsyncJob } from '../ledger/async-jobs/async-job.ts'
import type { Prices } from '../pricing/prices.ts'
import { hashSecret } from '../credentials/seal/hash.ts'
import { billsOf } from './batch.ts'
import type { ExchangeResult } from './exchange-result.ts'

/** The async job that a request started or fetched, as far as it has to be remembered; null: none. */
export function asyncJobOf(
  result: ExchangeResult,
  entry: LedgerEntry,
  prices: Prices,
): AsyncJob | null {
  const { usage, jobId, units } = result
  if (jobId === null) {
    const started = startOf(result, entry)
    return started && { ...NO_JOB, ...started, pieces: units }
  }
  // A refusal says nothing about the job.
  const isOver = usage.jobIsOver && result.status === 200 && !result.refusedByXai
  const of = { ...NO_JOB, of: jobId, isOver, repeats: result.repeatsAnswer }
  if (usage.results) {
    const bills = billsOf(jobId, usage.results, entry.atMs + result.totalMs, prices)
    return bills.length > 0 || of.isOver ? { ...of, bills } : null
  }
  // If the result was lost on its way, a later request may still bring the bill.
  if (entry.costBasis === 'none' || !usage.finished) return of.isOver && !of.repeats ? of : null
  const { costTicks, costBasis, computedTicks, savedTicks } = entry
  const { inputTokens, cachedTokens, outputTokens, reasoningTokens } = entry
  const bill = { id: jobId, formerId: null, costBasis, costTicks, computedTicks, savedTicks }
  const tokens = { inputTokens, cachedTokens, outputTokens, reasoningTokens }
  return { ...of, bills: [{ ...bill, ...tokens }] }
}

type Started = Pick<AsyncJob, 'starts' | 'kind'>

/** The job that goes on at xAI after the answer: one that xAI named, or an answer that was cut here. */
function startOf({ usage, starts }: ExchangeResult, entry: LedgerEntry): Started | null {
  if (usage.startedJobId !== null) return { starts: usage.startedJobId, kind: starts }
  return starts === 'response' ? startedResponse(entry) : null
}

const GUESSED: ReadonlySet<LedgerEntry['costBasis']> = new Set(['estimated', 'unknown'])

/** A response that was cut, or did not report its usage, may bring its bill later, by its id. */
export function startedResponse(entry: LedgerEntry): Started | null {
  const isOpen = entry.outcome !== 'complete' || entry.costBasis === 'estimated'
  return entry.responseId !== null && isOpen && GUESSED.has(entry.costBasis)
    ? { starts: entry.responseId, kind: 'response' }
    : null
}

// Callers choose ids, of any length and with any characters, and SQLite ends a text at a NUL.
const PLAIN_ID = /^[\x21-\x7e]{1,200}$/

/** The same job, with ids that fit a database key. */
export async function withPlainIds(work: AsyncJob): Promise<AsyncJob> {
  const [starts, of] = await Promise.all([work.starts, work.of].map(plainId))
  const bills = await Promise.all(
    work.bills.map(async (bill): Promise<Bill> => ({
      ...bill,
      id: (await plainId(bill.id)) ?? '',
      formerId: await plainId(bill.formerId),
    })),
  )
  return { ...work, starts: starts ?? null, of: of ?? null, bills }
}

const plainId = async (id: string | null): Promise<string | null> =>
  id === null || PLAIN_ID.test(id) ? id : `sha256:${await hashSecret(JSON.stringify(id))}`
