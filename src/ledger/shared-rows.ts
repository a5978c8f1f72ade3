import type { Env } from '../env.ts'
import type { LedgerEntry } from './entry.ts'
import { uuidv7 } from '../http/uuid.ts'
import { recordEntries } from './sinks/store.ts'

/** Refusals per token, outcome and minute with a row of their own. Those beyond share one row. */
const OWN_ROWS = 60
const MINUTE_MS = 60_000
/** The pause between two writes of a shared row, in which more refusals are added to it. */
const PAUSE_MS = 5_000
const MOST_TOKENS = 5_000

interface Minute {
  number: number
  refused: number
  /** The row of the refusals beyond the limit. Null: none yet. */
  shared: LedgerEntry | null
  /** The number of these refusals that have been written. */
  told: number
  /** Until then, another request is waiting to write all of them. */
  tellsAtMs: number
}

const NONE = { label: null, session: null, tags: null, requestedModel: null } as const

// Local to the isolate: a token's rows are bounded by the number of isolates that serve it.
const minutes = new Map<string, Minute>()

function minuteOf({ tokenId, outcome }: LedgerEntry, nowMs: number): Minute {
  const number = Math.floor(nowMs / MINUTE_MS)
  // Outcomes are summed up separately, so each has a row of its own.
  const key = `${tokenId} ${outcome}`
  const known = minutes.get(key)
  if (known?.number === number) return known
  const minute = { number, refused: 0, shared: null, told: 0, tellsAtMs: 0 }
  minutes.delete(key)
  const [oldest] = minutes.keys()
  if (minutes.size >= MOST_TOKENS && oldest !== undefined) minutes.delete(oldest)
  minutes.set(key, minute)
  return minute
}

/**
 * Adds a refusal that cost nothing to the shared row of its minute, and writes that row. False: the refusal needs a
 * row of its own.
 */
export async function shareRow(env: Env, entry: LedgerEntry): Promise<boolean> {
  const nowMs = Date.now()
  const minute = minuteOf(entry, nowMs)
  minute.refused++
  if (minute.refused <= OWN_ROWS) return false
  const { shared } = minute
  // Refusals may differ in label, session, tags, model and trace, so the shared row has none.
  const traceContext = entry.traceContext === null ? null : ''
  if (shared === null) minute.shared = { ...entry, ...NONE, traceContext }
  else shared.times++
  // A request must not await another request's promise. That other request writes this refusal, too.
  if (nowMs < minute.tellsAtMs) return true
  // The first is written at once, with all that have come by then.
  if (minute.told > 0) {
    minute.tellsAtMs = nowMs + PAUSE_MS
    await scheduler.wait(PAUSE_MS)
    minute.tellsAtMs = 0
  }
  await tell(env, minute)
  return true
}

async function tell(env: Env, minute: Minute): Promise<void> {
  const { shared, told } = minute
  if (shared === null || shared.times === told) return
  const entry = { ...shared }
  minute.told = entry.times
  const takenBy = await recordEntries(env, [{ entry, told, work: null, marked: false }])
  if (takenBy !== null) return
  minute.told = told
  if (told > 0) return
  // This row is counted as lost: refusals that came since, or come later, need another row.
  const since = shared.times - entry.times
  minute.shared = since > 0 ? { ...shared, id: uuidv7(Date.now()), times: since } : null
}
