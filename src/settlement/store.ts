import type { Env } from '../env.ts'
import type { KnownPrompt } from '../pricing/prompt.ts'
import { knownPrompts, tokensOfResponse } from '../ledger/prompts-store.ts'
import type { Outgoing } from '../ledger/sinks/store.ts'
import { readAsyncJobStart } from '../ledger/async-jobs/store.ts'
import { currentPrices } from './prices-store.ts'
import { modelToEstimate, type Knowledge } from './bill.ts'
import type { Call, ExchangeResult } from './exchange-result.ts'
import { settle } from './settle.ts'
import { withPlainIds, asyncJobOf } from './async-job.ts'

/** By model: prompts that the ledger was asked for. The turns of a connection share it. */
export type KnownPrompts = Map<string, Promise<readonly KnownPrompt[]>>

/** The row of a request that has ended, and the async job that it leaves behind or brings the bill of. */
export async function settled(
  env: Env,
  call: Call,
  result: ExchangeResult,
  prompts: KnownPrompts = new Map(),
): Promise<Omit<Outgoing, 'marked'>> {
  const knowledge = await readKnowledge(env, call, result, prompts)
  const entry = settle(call, result, knowledge)
  try {
    const work = asyncJobOf(result, entry, knowledge.prices)
    return { entry, work: work && (await withPlainIds(work)) }
  } catch (error) {
    // If describing the async job fails, the row is still written, without it.
    console.error('work not told', error instanceof Error ? error.name : typeof error)
    return { entry, work: null }
  }
}

/** The facts from the ledger that the row depends on; most rows need none. */
async function readKnowledge(
  env: Env,
  { accountId }: Call,
  result: ExchangeResult,
  prompts: KnownPrompts,
): Promise<Knowledge> {
  const model = modelToEstimate(result)
  const { previousResponseId } = result.facts
  const promptsOf = (name: string): Promise<readonly KnownPrompt[]> => {
    const known = prompts.get(name) ?? knownPrompts(env.LEDGER, accountId, name)
    prompts.set(name, known)
    return known
  }
  const { usage, jobId } = result
  const isDelivered = usage.jobIsDone || usage.tokens !== null || Boolean(usage.reportedTicks)
  const [prices, known, beforeTokens, work] = await Promise.all([
    currentPrices(env, Date.now()),
    model === null ? [] : promptsOf(model),
    model === null || previousResponseId === null
      ? 0
      : (result.facts.beforeTokens ?? tokensOfResponse(env.LEDGER, accountId, previousResponseId)),
    jobId !== null && isDelivered ? readAsyncJobStart(env.LEDGER, accountId, jobId) : null,
  ])
  return { prices, known, beforeTokens, work }
}
