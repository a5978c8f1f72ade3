import type { Env, Settings } from '../env.ts'
import { knownPrompts } from '../ledger/prompts/store.ts'
import { markOpen, recordEntry } from '../ledger/sinks/store.ts'
import { currentPrices } from '../prices/store.ts'
import { modelToEstimate, settle, settleLost, type Call, type Ending } from './settle.ts'
import { workOf } from './work.ts'

/** Something that will be a row when it has ended. */
export interface Ongoing {
  /** Null: what there is to remember is remembered elsewhere. */
  ended: Promise<Ending | null>
  /** How it stands, for whoever asks before that; null: there is nothing to remember yet. */
  soFar: () => Ending | null
}

/** Writes the one row of a request when it has ended. A long one leaves a mark before that. */
export async function record(
  env: Env,
  { markAfterMs }: Settings,
  call: Call,
  { ended, soFar }: Ongoing,
): Promise<void> {
  const marks: Promise<void>[] = []
  const timer = setTimeout(() => {
    const standing = soFar()
    if (standing) marks.push(markOpen(env, settleLost(call, standing)))
  }, markAfterMs)
  const ending = await ended
  clearTimeout(timer)
  if (ending === null) return
  const model = modelToEstimate(ending)
  const known = model === null ? [] : await knownPrompts(env.LEDGER, call.accountId, model)
  const prices = await currentPrices(env, Date.now())
  const entry = settle(call, ending, { known, prices })
  // A mark that is still on its way finds the row there and is none.
  await recordEntry(env, entry, tryWorkOf(ending, entry, prices), marks.length > 0)
  await Promise.allSettled(marks)
}

/** Whose work it was costs the row its attribution, not its existence. */
function tryWorkOf(...known: Parameters<typeof workOf>): ReturnType<typeof workOf> {
  try {
    return workOf(...known)
  } catch (error) {
    console.error('work not told', error instanceof Error ? error.name : typeof error)
    return null
  }
}
