import type { LedgerEntry } from '../entry.ts'
import { ENTRY_COLUMNS } from '../sql.ts'
import { firstUuid, uuidv7 } from '../../http/uuid.ts'
import { archivePrefix, partKey, startOfDay } from './day.ts'
import { GOING, fingerprintOf, youngFrom, type Stretch } from './let-go-store.ts'

export interface Pages {
  /** Only rows from before this moment. */
  beforeMs: number
  /** At most so many stretches, and rows in each. */
  most: number
  rows: number
  nowMs: number
}

/**
 * Archives the oldest rows of an account's day as one object of gzipped NDJSON, ordered by id. Returns the stretches
 * that are now safe to delete; empty: the day has no rows. The next call continues with the rest of a large day.
 */
export async function archiveRows(
  bucket: R2Bucket,
  ledger: D1Database,
  accountId: string,
  day: string,
  pages: Pages,
): Promise<Stretch[]> {
  const stretches: Stretch[] = []
  const packed = new Response(linesOf(ledger, accountId, { ...pages, day }, stretches))
  const bytes = await new Response(
    packed.body!.pipeThrough(new CompressionStream('gzip')),
  ).arrayBuffer()
  if (stretches.length === 0) return []
  const rows = stretches.reduce((sum, stretch) => sum + stretch.rows, 0)
  const key = partKey(accountId, day, uuidv7(Date.now()))
  await bucket.put(key, bytes, { httpMetadata: { contentType: 'application/gzip' } })
  await ledger
    .prepare(
      `INSERT INTO archived (account_id, day, key, "rows") VALUES (?1, ?2, ?3, ?4) ON CONFLICT DO NOTHING`,
    )
    .bind(accountId, day, key, rows)
    .run()
  return stretches
}

/** The NDJSON lines, page by page. Adds each page's stretch to `stretches`. */
function linesOf(
  ledger: D1Database,
  accountId: string,
  { day, beforeMs, most, rows, nowMs }: Pages & { day: string },
  stretches: Stretch[],
): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder()
  let fromId = firstUuid(startOfDay(day))
  return new ReadableStream<Uint8Array>({
    pull: async (controller) => {
      const { results } = await ledger
        .prepare(
          `SELECT ${ENTRY_COLUMNS} FROM requests
           WHERE ${GOING} ORDER BY id LIMIT ${rows}`,
        )
        .bind(accountId, fromId, firstUuid(beforeMs), youngFrom(nowMs))
        .all<Omit<LedgerEntry, 'v'>>()
      const [first, last] = [results[0], results.at(-1)]
      if (first && last) {
        // A LedgerEntry in the format that INSERT_ENTRIES reads.
        const lines = results.map((row) => `${JSON.stringify({ v: 1, ...row })}\n`)
        controller.enqueue(encoder.encode(lines.join('')))
        stretches.push({
          fromId: first.id,
          toId: last.id,
          rows: results.length,
          fingerprint: fingerprintOf(results),
        })
        // Continue after the last id: `~` sorts after every character of an id.
        fromId = `${last.id}~`
      }
      if (results.length < rows || stretches.length === most) controller.close()
    },
  })
}

/** Deletes up to a thousand archived objects of an account. Returns whether none are left. */
export async function eraseArchive(bucket: R2Bucket, accountId: string): Promise<boolean> {
  const { objects, truncated } = await bucket.list({ prefix: archivePrefix(accountId) })
  if (objects.length > 0) await bucket.delete(objects.map((object) => object.key))
  return !truncated
}
