import * as z from 'zod/mini'
import { COST_BASES } from '../pricing/price.ts'
import { columnOf, FIELDS, type Field } from './columns.ts'
import type { LedgerEntry } from './entry.ts'
import { UNITS } from '../metering/billable-units.ts'
import type { AsyncJob } from './async-jobs/async-job.ts'
import { ASYNC_JOB_KINDS } from '../metering/async-job-kinds.ts'
import type { WriterSnapshot } from './writer.ts'

/** An entry to be written to the ledger. Versioned, and safe to arrive twice or late. */
export interface LedgerMessage {
  v: 1
  /** `open`: the request is still in flight; the entry is the row to write if it never ends. */
  kind: 'entry' | 'open'
  entry: LedgerEntry
  /** The request has left an in-flight record before. */
  marked: boolean
  /** Null: the request concerns no async job. */
  work: AsyncJob | null
  writer: WriterSnapshot
}

const text = z.string().check(z.maxLength(4_000))
const count = z.int().check(z.gte(0))
const maybeText = z.nullable(text)
const maybeCount = z.nullable(count)

/** The schema of a column's values. */
function valuesOf(field: Field): z.ZodMiniType {
  const { type, nullable, fallback } = columnOf(field)
  const value = typeof type === 'string' ? PLAIN[type] : z.enum(type)
  const known = nullable ? z.nullable(value) : value
  return fallback === undefined ? known : z._default(known, fallback)
}

// A row stands for at least one request.
const times = z._default(z.int().check(z.gte(1)), 1)
const PLAIN = {
  uuid: z.uuid(),
  text,
  count,
  ticks: count,
  flag: z.boolean(),
  counts: z.record(z.string(), count),
  texts: z.record(z.string(), text),
} as const

const entry = z.object({
  v: z.literal(1),
  ...Object.fromEntries(FIELDS.map((field) => [field, valuesOf(field)])),
  times,
}) as unknown as z.ZodMiniType<LedgerEntry>

const bill = z.object({
  id: text,
  formerId: z._default(maybeText, null),
  costBasis: z._default(z.nullable(z.enum(COST_BASES)), null),
  costTicks: maybeCount,
  computedTicks: maybeCount,
  savedTicks: maybeCount,
  inputTokens: maybeCount,
  cachedTokens: maybeCount,
  outputTokens: maybeCount,
  reasoningTokens: maybeCount,
})
const pieces = z.object({
  unit: z.enum(UNITS),
  count: z.number(),
  variant: z.optional(text),
  inputs: z.optional(count),
})
const work = z.object({
  starts: maybeText,
  kind: z._default(z.nullable(z.enum(ASYNC_JOB_KINDS)), null),
  pieces: z._default(z.nullable(pieces), null),
  of: maybeText,
  isOver: z._default(z.boolean(), false),
  repeats: z._default(z.boolean(), false),
  bills: z.array(bill),
})

const message = z.object({
  v: z.literal(1),
  kind: z.enum(['entry', 'open']),
  entry,
  marked: z.boolean(),
  // Messages of an older deployment lack it.
  work: z._default(z.nullable(work), null),
  writer: z.object({
    id: text,
    accepted: count,
    retried: count,
    lost: count,
    pendingSinceMs: maybeCount,
  }),
}) satisfies z.ZodMiniType<LedgerMessage>

/** The parsed message, or the problem with it. */
export function parseMessage(body: unknown): LedgerMessage | { problem: string } {
  const result = message.safeParse(body)
  if (result.success) return result.data
  const [issue] = result.error.issues
  const expected = issue && 'expected' in issue ? `, expected ${String(issue.expected)}` : ''
  return { problem: `${issue?.path.join('.') || 'message'}: ${issue?.code ?? ''}${expected}` }
}
