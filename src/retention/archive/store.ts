import { ENTRY_COLUMNS } from '../../ledger/sql.ts'
import { firstUuid } from '../../ledger/uuid.ts'
import { archiveKey, archivePrefix, startOfDay } from '../day.ts'
import { mergeLines, readLines, type Line } from '../lines.ts'
import { DAY_MS } from '../../time.ts'

const PAGE_ROWS = 5_000
// R2 wants the parts of an upload, but for the last, of one size, and of 5 MiB at the least.
const PART_BYTES = 8 * 1_048_576

/**
 * Puts the rows of an account's day into the archive, beside those that are there already, as gzipped
 * NDJSON in order of their ids. Memory stays flat: rows pass page by page, bytes part by part.
 */
export async function archiveDay(
  bucket: R2Bucket,
  ledger: D1Database,
  accountId: string,
  day: string,
): Promise<void> {
  const key = archiveKey(accountId, day)
  const lines = mergeLines(rowsOfDay(ledger, accountId, day), linesOf(await bucket.get(key)))
  const upload = await bucket.createMultipartUpload(key, {
    httpMetadata: { contentType: 'application/gzip' },
  })
  try {
    const parts: R2UploadedPart[] = []
    const bytes = toBytes(lines).pipeThrough(new CompressionStream('gzip'))
    for await (const part of inParts(bytes, PART_BYTES)) {
      parts.push(await upload.uploadPart(parts.length + 1, part))
    }
    await upload.complete(parts)
  } catch (error) {
    await upload.abort().catch(() => {})
    throw error
  }
}

export async function eraseArchive(bucket: R2Bucket, accountId: string): Promise<void> {
  for (;;) {
    const { objects, truncated } = await bucket.list({ prefix: archivePrefix(accountId) })
    if (objects.length > 0) await bucket.delete(objects.map((object) => object.key))
    if (!truncated) return
  }
}

async function* rowsOfDay(
  ledger: D1Database,
  accountId: string,
  day: string,
): AsyncGenerator<Line> {
  const beforeId = firstUuid(startOfDay(day) + DAY_MS)
  let afterId = firstUuid(startOfDay(day))
  for (let comparison = '>='; ; comparison = '>') {
    const { results } = await ledger
      .prepare(
        `SELECT ${ENTRY_COLUMNS} FROM requests
         WHERE account_id = ?1 AND id ${comparison} ?2 AND id < ?3 ORDER BY id LIMIT ?4`,
      )
      .bind(accountId, afterId, beforeId, PAGE_ROWS)
      .all<{ id: string }>()
    // A LedgerEntry as INSERT_ENTRIES takes it back.
    for (const row of results) yield { id: row.id, text: JSON.stringify({ v: 1, ...row }) }
    const last = results.at(-1)
    if (last === undefined || results.length < PAGE_ROWS) return
    afterId = last.id
  }
}

async function* linesOf(object: R2ObjectBody | null): AsyncGenerator<Line> {
  if (object !== null) {
    yield* readLines(object.body.pipeThrough(new DecompressionStream('gzip')))
  }
}

function toBytes(lines: AsyncGenerator<Line>): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder()
  return new ReadableStream<Uint8Array>({
    pull: async (controller) => {
      const texts: string[] = []
      while (texts.length < PAGE_ROWS) {
        const { done, value } = await lines.next()
        if (done) break
        texts.push(`${value.text}\n`)
      }
      if (texts.length > 0) controller.enqueue(encoder.encode(texts.join('')))
      if (texts.length < PAGE_ROWS) controller.close()
    },
  })
}

/** The bytes cut into parts of one size, the last of what is left. */
async function* inParts(
  bytes: ReadableStream<Uint8Array>,
  sizeBytes: number,
): AsyncGenerator<Uint8Array> {
  let part = new Uint8Array(sizeBytes)
  let used = 0
  for await (const chunk of bytes) {
    for (let at = 0; at < chunk.length;) {
      const piece = chunk.subarray(at, at + sizeBytes - used)
      part.set(piece, used)
      used += piece.length
      at += piece.length
      if (used === sizeBytes) {
        yield part
        part = new Uint8Array(sizeBytes)
        used = 0
      }
    }
  }
  if (used > 0) yield part.subarray(0, used)
}
