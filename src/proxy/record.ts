import type { Env, Settings } from '../env.ts'
import type { KnownPrompt } from '../metering/prompt.ts'
import { knownPrompts, tokensOfResponse } from '../ledger/prompts/store.ts'
import { markOpen, recordEntries, type Outgoing } from '../ledger/sinks/store.ts'
import { shareRow } from '../ledger/refusals.ts'
import { readWorkStart } from '../ledger/works/store.ts'
import { currentPrices } from '../prices/store.ts'
import { modelToEstimate, type Knowledge } from './bill.ts'
import { MAY_BE_UNHEARD, type Call, type Ending } from './ending.ts'
import { settle, settleLost } from './settle.ts'
import { withPlainIds, workOf } from './work.ts'

/** Something that will be a row when it has ended. */
export interface Ongoing {
  /** Null: what there is to remember is remembered elsewhere. */
  ended: Promise<Ending | null>
  /** How it stands, for whoever asks before that; null: there is nothing to remember yet. */
  soFar: () => Ending | null
}

/** How rows are written. */
export interface Writing {
  write: (outgoing: Outgoing) => Promise<unknown>
  /** A request that takes long may leave a mark. */
  mayMark: () => boolean
  /** By the model, what has been looked up before. */
  prompts?: Map<string, Promise<readonly KnownPrompt[]>>
}

export const oneByOne = (env: Env): Writing => ({
  write: (outgoing) => recordEntries(env, [outgoing]),
  mayMark: () => true,
})

/** Writes the one row of a request when it has ended. A long one leaves a mark before that. */
export async function record(
  env: Env,
  { markAfterMs }: Settings,
  call: Call,
  { ended, soFar }: Ongoing,
  { write, mayMark, prompts }: Writing = oneByOne(env),
): Promise<void> {
  const marks: Promise<void>[] = []
  const timer = setTimeout(() => {
    const standing = mayMark() ? soFar() : null
    if (standing) marks.push(markOpen(env, settleLost(call, standing)))
  }, markAfterMs)
  const ending = await ended
  clearTimeout(timer)
  if (ending === null) return
  const row = await settled(env, call, ending, prompts)
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
  ending: Ending,
  prompts: Writing['prompts'] = new Map(),
): Promise<Omit<Outgoing, 'marked'>> {
  const knowledge = await learnAbout(env, call, ending, prompts)
  const entry = settle(call, ending, knowledge)
  try {
    const work = workOf(ending, entry, knowledge.prices)
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
  ending: Ending,
  prompts: NonNullable<Writing['prompts']>,
): Promise<Knowledge> {
  const model = modelToEstimate(ending)
  const { previousResponseId } = ending.facts
  const promptsOf = (name: string): Promise<readonly KnownPrompt[]> => {
    const known = prompts.get(name) ?? knownPrompts(env.LEDGER, accountId, name)
    prompts.set(name, known)
    return known
  }
  const { usage, workId } = ending
  const isDelivered = usage.workIsDone || usage.tokens !== null || Boolean(usage.reportedTicks)
  const [prices, known, beforeTokens, work] = await Promise.all([
    currentPrices(env, Date.now()),
    model === null ? [] : promptsOf(model),
    model === null || previousResponseId === null
      ? 0
      : (ending.facts.beforeTokens ?? tokensOfResponse(env.LEDGER, accountId, previousResponseId)),
    workId !== null && isDelivered ? readWorkStart(env.LEDGER, accountId, workId) : null,
  ])
  return { prices, known, beforeTokens, work }
}
