import type { Env } from '../env.ts'
import type { LedgerEntry } from './entry.ts'
import { uuidv7 } from '../http/uuid.ts'
import { recordEntries } from './sinks/store.ts'

/** So many refusals of a token have a row of their own each minute; those beyond share one. */
const OWN_ROWS = 60
const MINUTE_MS = 60_000
/** How long the row that they share waits for more of them, once it is written. */
const PAUSE_MS = 5_000
const MOST_TOKENS = 5_000

interface Minute {
  number: number
  refused: number
  /** Those beyond; null: there are none yet. */
  shared: LedgerEntry | null
  /** How many of them the ledger has been told of. */
  told: number
  /** Somebody tells it of all until then. */
  tellsAtMs: number
}

// By the isolate: what one token can make of rows is bounded by how many of those serve it.
const minutes = new Map<string, Minute>()

function minuteOf({ tokenId, outcome }: LedgerEntry, nowMs: number): Minute {
  const number = Math.floor(nowMs / MINUTE_MS)
  // What is summed up in another way has a row of its own.
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
 * Whether a refusal that cost nothing goes into a row with others of its minute, which is then written.
 * False: it is to have a row of its own.
 */
export async function shareRow(env: Env, entry: LedgerEntry): Promise<boolean> {
  const nowMs = Date.now()
  const minute = minuteOf(entry, nowMs)
  minute.refused++
  if (minute.refused <= OWN_ROWS) return false
  const { shared } = minute
  // Each may have another label and another model: what they share has none.
  if (shared === null) minute.shared = { ...entry, label: null, requestedModel: null }
  else shared.times++
  // A promise of another request's must not be waited for: that one tells the ledger of this, too.
  if (nowMs < minute.tellsAtMs) return true
  // The first is told of at once: what has come by then is in it.
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
  const isTaken = await recordEntries(env, [{ entry, told, work: null, marked: false }])
  if (isTaken) return
  minute.told = told
  if (told > 0) return
  // This one is counted as lost: those that have come since, and those that come, have another row.
  const since = shared.times - entry.times
  minute.shared = since > 0 ? { ...shared, id: uuidv7(Date.now()), times: since } : null
}
