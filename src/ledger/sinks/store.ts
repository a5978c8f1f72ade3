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

/**
 * Remembers a request. Never throws: an entry that no sink takes is counted as lost and logged, whole,
 * as one JSON line.
 */
export async function recordEntry(
  env: Env,
  entry: LedgerEntry,
  work: Work | null,
  marked: boolean,
): Promise<void> {
  try {
    env.ANALYTICS.writeDataPoint(toPoint(entry, work))
  } catch (error) {
    console.error('analytics point not written', entry.id, String(error))
  }
  const writer = writerOf()
  writer.accept(entry.id, entry.atMs)
  const problems = await deliver(env, writer, { v: 1, kind: 'entry', entry, work, marked })
  if (problems === null) return writer.handedOver(entry.id)
  writer.lose(entry.id)
  console.error(JSON.stringify({ event: 'ledger_row_not_written', problems, entry, work }))
}

/** Leaves a mark of a request that is under way. Its entry says what is known, should it never end. */
export async function markOpen(env: Env, entry: LedgerEntry): Promise<void> {
  const problems = await deliver(env, writerOf(), {
    v: 1,
    kind: 'open',
    entry,
    work: null,
    marked: false,
  })
  if (problems !== null) console.error('request not marked as open', entry.id, problems.join('; '))
}

/** Null: a sink has taken it. Otherwise why each has not. */
async function deliver(
  env: Env,
  writer: Writer,
  message: Omit<LedgerMessage, 'writer'>,
): Promise<string[] | null> {
  const problems: string[] = []
  const stamped = (): LedgerMessage => ({ ...message, writer: writer.snapshot(message.entry.id) })
  for (const sink of SINKS[readSettings(env).ledgerSink]) {
    const problem = await offer(sink, env, stamped, () => writer.retry())
    if (problem === null) return null
    problems.push(`${sink.name}: ${problem}`)
  }
  return problems
}
