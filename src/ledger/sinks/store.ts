import { readSettings, type Env } from '../../env.ts'
import type { LedgerEntry } from '../entry.ts'
import type { LedgerMessage } from '../message.ts'
import { toPoint } from '../point.ts'
import type { Work } from '../work.ts'
import { Writer } from '../writer.ts'
import { offer, SINKS } from './sink.ts'
import { DAY_MS } from '../../time.ts'

// Far below the time after which a writer that is not heard of is added up with others.
const WRITER_IDLE_MS = DAY_MS
let isolate: { writer: Writer; usedMs: number } | null = null

/** The isolate's own. Made late: outside of a request there are no random numbers. */
function writerOf(): Writer {
  const nowMs = Date.now()
  if (isolate === null || isolate.usedMs < nowMs - WRITER_IDLE_MS) {
    isolate = { writer: new Writer(crypto.randomUUID()), usedMs: nowMs }
  }
  isolate.usedMs = nowMs
  return isolate.writer
}

/** A row that is to be written, and what the request leaves behind. */
export interface Outgoing {
  entry: LedgerEntry
  work: Work | null
  /** The entry had been left as open before. */
  marked: boolean
  /** For how many of its requests it was handed over before; absent: not at all. */
  told?: number
}

/**
 * Remembers requests, all in one go. Never throws: entries that no sink takes are counted as lost and
 * logged, whole, as one JSON line each.
 */
export async function recordEntries(env: Env, outgoing: readonly Outgoing[]): Promise<void> {
  for (const { entry, work, told = 0 } of outgoing)
    writePoint(env, { ...entry, times: entry.times - told }, work)
  const writer = writerOf()
  for (const { entry, told = 0 } of outgoing) if (told === 0) writer.accept(entry.id, entry.atMs)
  const problems = await deliver(
    env,
    writer,
    outgoing.map(({ entry, work, marked }) => ({ v: 1, kind: 'entry', entry, work, marked })),
  )
  for (const { entry, work, told = 0 } of outgoing) {
    if (problems === null) writer.handedOver(entry.id)
    else {
      if (told === 0) writer.lose(entry.id)
      console.error(JSON.stringify({ event: 'ledger_row_not_written', problems, entry, work }))
    }
  }
}

function writePoint(env: Env, entry: LedgerEntry, work: Work | null): void {
  try {
    env.ANALYTICS.writeDataPoint(toPoint(entry, work))
  } catch (error) {
    console.error('analytics point not written', entry.id, String(error))
  }
}

/** Leaves a mark of a request that is under way. Its entry says what is known, should it never end. */
export async function markOpen(env: Env, entry: LedgerEntry): Promise<void> {
  const mark = { v: 1, kind: 'open', entry, work: null, marked: false } as const
  const problems = await deliver(env, writerOf(), [mark])
  if (problems !== null) console.error('request not marked as open', entry.id, problems.join('; '))
}

/** Null: a sink has taken them. Otherwise why each has not. */
async function deliver(
  env: Env,
  writer: Writer,
  messages: readonly Omit<LedgerMessage, 'writer'>[],
): Promise<string[] | null> {
  const problems: string[] = []
  const ids = messages.map(({ entry }) => entry.id)
  const stamped = (): LedgerMessage[] => {
    const snapshot = writer.snapshot(...ids)
    return messages.map((message) => ({ ...message, writer: snapshot }))
  }
  for (const sink of SINKS[readSettings(env).ledgerSink]) {
    const problem = await offer(sink, env, stamped, () => writer.retry())
    if (problem === null) return null
    problems.push(`${sink.name}: ${problem}`)
  }
  return problems
}
