import type { TokenNames } from './present.ts'
import { CSV_HEAD, presentRequest, toCsvLine, toNdjsonLine } from './present.ts'
import type { RequestRow } from './store.ts'

/** A million rows are 500 pages: below D1's thousand queries an invocation, and a few MB at a time. */
export const EXPORT_PAGE_ROWS = 2_000

export const FORMATS = {
  csv: { type: 'text/csv; charset=utf-8', head: CSV_HEAD, line: toCsvLine },
  ndjson: { type: 'application/x-ndjson', head: '', line: toNdjsonLine },
} as const
export type Format = keyof typeof FORMATS

/**
 * Requests as text, page by page as the reader takes them, so that memory does not grow with their
 * number. `nextPage` is given the last id of the page before.
 */
export function exportStream(
  format: Format,
  tokenNames: TokenNames,
  nextPage: (cursor: string | null) => Promise<RequestRow[]>,
): ReadableStream<Uint8Array> {
  const { head, line } = FORMATS[format]
  const encoder = new TextEncoder()
  let cursor: string | null = null
  return new ReadableStream<Uint8Array>(
    {
      start: (controller) => controller.enqueue(encoder.encode(head)),
      pull: async (controller) => {
        // An export that breaks off must not look whole: an error here breaks the connection.
        const rows = await nextPage(cursor)
        cursor = rows.at(-1)?.id ?? null
        const lines = rows.map((row) => line(presentRequest(row, tokenNames)))
        if (lines.length > 0) controller.enqueue(encoder.encode(lines.join('')))
        if (rows.length < EXPORT_PAGE_ROWS) controller.close()
      },
    },
    { highWaterMark: 0 },
  )
}
