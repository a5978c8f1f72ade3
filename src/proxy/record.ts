import type { Env, Settings } from '../env.ts'
import { knownPrompts } from '../ledger/prompts/store.ts'
import { markOpen, recordEntry } from '../ledger/sinks/store.ts'
import { currentPrices } from '../prices/store.ts'
import type { Served } from './serve.ts'
import { modelToEstimate, settle, settleLost, type Call } from './settle.ts'
import { workOf } from './work.ts'

/** Writes the one row of a request when it has ended. A long one leaves a mark before that. */
export async function record(
  env: Env,
  { markAfterMs }: Settings,
  call: Call,
  served: Served,
): Promise<void> {
  const marks: Promise<void>[] = []
  const timer = setTimeout(() => {
    marks.push(markOpen(env, settleLost(call, served.soFar())))
  }, markAfterMs)
  const { ended } = await served.answer
  const ending = await ended
  clearTimeout(timer)
  // A mark that is still on its way finds the row there and is none.
  const model = modelToEstimate(ending)
  const known = model === null ? [] : await knownPrompts(env.LEDGER, call.accountId, model)
  const prices = await currentPrices(env, Date.now())
  const entry = settle(call, ending, { known, prices })
  await recordEntry(env, entry, workOf(ending, entry), marks.length > 0)
  await Promise.allSettled(marks)
}
