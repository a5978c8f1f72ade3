import type { Env, Settings } from '../env.ts'
import type { KnownPrompt } from '../metering/prompt.ts'
import { knownPrompts, tokensOfResponse } from '../ledger/prompts/store.ts'
import { markOpen, recordEntries, type Outgoing } from '../ledger/sinks/store.ts'
import { shareRow } from '../ledger/refusals.ts'
import { readWorkStart } from '../ledger/works/store.ts'
import { currentPrices } from '../prices/store.ts'
import { modelToEstimate, type Knowledge } from './bill.ts'
import type { Exchange } from './exchange.ts'
import { MAY_BE_UNHEARD, type Call, type ExchangeResult } from './exchange-result.ts'
import { noteObjects } from '../objects/store.ts'
import { forgetDeleted, madeBy } from './access.ts'
import { settle, settleLost } from './settle.ts'
import type { ProxyRequest } from './request.ts'
import { withPlainIds, workOf } from './work.ts'

/** How rows are written. */
export interface Writing {
  write: (outgoing: Outgoing) => Promise<unknown>
  /** A request that takes long may leave a mark. */
  mayMark: () => boolean
  /** By the model, what has been looked up before. */
  prompts?: Map<string, Promise<readonly KnownPrompt[]>>
}

const oneByOne = (env: Env): Writing => ({
  write: (outgoing) => recordEntries(env, [outgoing]),
  mayMark: () => true,
})

/** Writes the one row of an exchange when it has ended. A long one leaves a mark before that. */
export async function record(
  env: Env,
  { markAfterMs }: Settings,
  exchange: Exchange,
  { write, mayMark, prompts }: Writing = oneByOne(env),
): Promise<void> {
  const { call } = exchange
  const marks: Promise<void>[] = []
  const timer = setTimeout(() => {
    const standing = mayMark() ? exchange.snapshot() : null
    if (standing) marks.push(markOpen(env, settleLost(call, standing)))
  }, markAfterMs)
  const result = await exchange.ended
  clearTimeout(timer)
  if (result === null) return
  const row = await settled(env, call, result, prompts)
  const { outcome, costBasis } = row.entry
  const costNothing = MAY_BE_UNHEARD.has(outcome) && costBasis === 'none'
  if (costNothing && marks.length === 0 && (await shareRow(env, row.entry))) return
  // A mark that is still on its way finds the row there and is none.
  await write({ ...row, marked: marks.length > 0 })
  await Promise.allSettled(marks)
}

/** The row of a request that has ended, and the work that it leaves behind or brings the bill of. */
export async function settled(
  env: Env,
  call: Call,
  result: ExchangeResult,
  prompts: Writing['prompts'] = new Map(),
): Promise<Omit<Outgoing, 'marked'>> {
  const knowledge = await learnAbout(env, call, result, prompts)
  const entry = settle(call, result, knowledge)
  try {
    const work = workOf(result, entry, knowledge.prices)
    return { entry, work: work && (await withPlainIds(work)) }
  } catch (error) {
    // Whose work it was costs the row its attribution, not its existence.
    console.error('work not told', error instanceof Error ? error.name : typeof error)
    return { entry, work: null }
  }
}

/** What the ledger knows that the row depends on; most rows depend on none of it. */
async function learnAbout(
  env: Env,
  { accountId }: Call,
  result: ExchangeResult,
  prompts: NonNullable<Writing['prompts']>,
): Promise<Knowledge> {
  const model = modelToEstimate(result)
  const { previousResponseId } = result.facts
  const promptsOf = (name: string): Promise<readonly KnownPrompt[]> => {
    const known = prompts.get(name) ?? knownPrompts(env.LEDGER, accountId, name)
    prompts.set(name, known)
    return known
  }
  const { usage, workId } = result
  const isDelivered = usage.workIsDone || usage.tokens !== null || Boolean(usage.reportedTicks)
  const [prices, known, beforeTokens, work] = await Promise.all([
    currentPrices(env, Date.now()),
    model === null ? [] : promptsOf(model),
    model === null || previousResponseId === null
      ? 0
      : (result.facts.beforeTokens ?? tokensOfResponse(env.LEDGER, accountId, previousResponseId)),
    workId !== null && isDelivered ? readWorkStart(env.LEDGER, accountId, workId) : null,
  ])
  return { prices, known, beforeTokens, work }
}

/** Notes which object at xAI a request has created, and forgets the one that it has deleted. */
export async function recordObjects(proxied: ProxyRequest): Promise<void> {
  const result = await proxied.exchange.ended
  if (result === null) return
  const created = madeBy(proxied, result)
  if (created) await noteObjects(proxied.env, [created])
  await forgetDeleted(proxied, result)
}
