import { readSettings, type Env } from '../../env.ts'
import type { LedgerEntry } from '../entry.ts'
import type { LedgerMessage } from '../message.ts'
import { toPoint } from '../point.ts'
import type { AsyncJob } from '../async-jobs/async-job.ts'
import { Writer } from '../writer.ts'
import { offer, SINKS, type Sink } from './sink.ts'
import { noteWriter } from '../store.ts'
import { within } from '../../http/time-limit.ts'
import { DAY_MS } from '../../http/time.ts'

// Far below the silence after which `compactWriters` adds a writer to the others.
const WRITER_IDLE_MS = DAY_MS
let isolate: { writer: Writer; usedMs: number; reportedMs: number } | null = null

/** The isolate's writer. Created late: random numbers are not available outside of a request. */
function writerOf(): Writer {
  const nowMs = Date.now()
  if (isolate === null || isolate.usedMs < nowMs - WRITER_IDLE_MS) {
    isolate = { writer: new Writer(crypto.randomUUID()), usedMs: nowMs, reportedMs: 0 }
  }
  isolate.usedMs = nowMs
  return isolate.writer
}

/** A row to write, and the async job of its request. */
export interface Outgoing {
  entry: LedgerEntry
  work: AsyncJob | null
  /** The request has left an in-flight record before. */
  marked: boolean
  /** The number of the row's requests that were handed over before. Absent: none. */
  told?: number
}

/**
 * Writes the rows of requests, all in one go, and returns which sink took them. Never throws. Null: none took them;
 * they are then counted as lost, and each is logged in full as one JSON line.
 */
export async function recordEntries(
  env: Env,
  outgoing: readonly Outgoing[],
): Promise<Sink['name'] | null> {
  for (const { entry, work, told = 0 } of outgoing)
    writePoint(env, { ...entry, times: entry.times - told }, work)
  const writer = writerOf()
  for (const { entry, told = 0 } of outgoing) if (told === 0) writer.accept(entry.id, entry.atMs)
  const delivered = await deliver(
    env,
    writer,
    outgoing.map(({ entry, work, marked }) => ({ v: 1, kind: 'entry', entry, work, marked })),
  )
  for (const { entry, work, told = 0 } of outgoing) {
    if (!('problems' in delivered)) writer.handedOver(entry.id)
    else {
      const { problems } = delivered
      if (told === 0) writer.lose(entry.id)
      console.error(JSON.stringify({ event: 'ledger_row_not_written', problems, entry, work }))
    }
  }
  const by = 'by' in delivered ? delivered.by : null
  if (by !== 'd1') await report(env, writer)
  return by
}

const REPORT_MS = 600_000
const REPORT_LIMIT_MS = 5_000

/**
 * Reports to D1 how many entries this isolate has accepted. Messages carry that number too, but if they are lost, so
 * is the number. Entries accepted after the last report can still be missed.
 */
async function report(env: Env, writer: Writer): Promise<void> {
  const nowMs = Date.now()
  if (isolate === null || nowMs - isolate.reportedMs < REPORT_MS) return
  isolate.reportedMs = nowMs
  try {
    await within(REPORT_LIMIT_MS, 'D1', noteWriter(env.LEDGER, writer.snapshot(), nowMs))
  } catch (error) {
    console.error('accepted entries not reported', String(error))
  }
}

function writePoint(env: Env, entry: LedgerEntry, work: AsyncJob | null): void {
  try {
    env.ANALYTICS?.writeDataPoint(toPoint(entry, work))
  } catch (error) {
    console.error('analytics point not written', entry.id, String(error))
  }
}

/** Writes an in-flight record. Its entry is the row to write if the request never ends. */
export async function recordInFlight(env: Env, entry: LedgerEntry): Promise<void> {
  const mark = { v: 1, kind: 'open', entry, work: null, marked: false } as const
  const delivered = await deliver(env, writerOf(), [mark])
  if ('problems' in delivered)
    console.error('request not marked as open', entry.id, delivered.problems.join('; '))
}

/** The sink that took the messages, or why each sink did not. */
async function deliver(
  env: Env,
  writer: Writer,
  messages: readonly Omit<LedgerMessage, 'writer'>[],
): Promise<{ by: Sink['name'] } | { problems: string[] }> {
  const problems: string[] = []
  const ids = messages.map(({ entry }) => entry.id)
  const stamped = (): LedgerMessage[] => {
    const snapshot = writer.snapshot(...ids)
    return messages.map((message) => ({ ...message, writer: snapshot }))
  }
  for (const sink of SINKS[readSettings(env).ledgerSink]) {
    const problem = await offer(sink, env, stamped, () => writer.retry())
    if (problem === null) return { by: sink.name }
    problems.push(`${sink.name}: ${problem}`)
  }
  return { problems }
}
