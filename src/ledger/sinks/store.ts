import { readSettings, type Env } from '../../env.ts'
import type { LedgerEntry } from '../entry.ts'
import type { LedgerMessage } from '../message.ts'
import { toPoint } from '../point.ts'
import type { Work } from '../async-jobs/async-job.ts'
import { Writer } from '../writer.ts'
import { offer, SINKS, type Sink } from './sink.ts'
import { noteWriter } from '../store.ts'
import { within } from '../../http/time-limit.ts'
import { DAY_MS } from '../../http/time.ts'

// Far below the time after which a writer that is not heard of is added up with others.
const WRITER_IDLE_MS = DAY_MS
let isolate: { writer: Writer; usedMs: number; reportedMs: number } | null = null

/** The isolate's own. Made late: outside of a request there are no random numbers. */
function writerOf(): Writer {
  const nowMs = Date.now()
  if (isolate === null || isolate.usedMs < nowMs - WRITER_IDLE_MS) {
    isolate = { writer: new Writer(crypto.randomUUID()), usedMs: nowMs, reportedMs: 0 }
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
 * logged, whole, as one JSON line each; then it is false.
 */
export async function recordEntries(env: Env, outgoing: readonly Outgoing[]): Promise<boolean> {
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
  const isTaken = 'by' in delivered
  if (!isTaken || delivered.by !== 'd1') await report(env, writer)
  return isTaken
}

const REPORT_MS = 600_000
const REPORT_LIMIT_MS = 5_000

/**
 * Tells D1 itself how many entries this isolate has accepted: their messages say so, too, but whoever loses
 * those loses that with them. What it accepts until the next time is not known of without them.
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

function writePoint(env: Env, entry: LedgerEntry, work: Work | null): void {
  try {
    env.ANALYTICS.writeDataPoint(toPoint(entry, work))
  } catch (error) {
    console.error('analytics point not written', entry.id, String(error))
  }
}

/** Leaves a mark of a request that is under way. Its entry says what is known, should it never end. */
export async function recordInFlight(env: Env, entry: LedgerEntry): Promise<void> {
  const mark = { v: 1, kind: 'open', entry, work: null, marked: false } as const
  const delivered = await deliver(env, writerOf(), [mark])
  if ('problems' in delivered)
    console.error('request not marked as open', entry.id, delivered.problems.join('; '))
}

/** The sink that has taken them. Otherwise why each has not. */
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
