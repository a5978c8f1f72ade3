import type { TokenNames } from './present.ts'
import { CSV_HEAD, presentRequest, toCsvLine, toNdjsonLine } from './present.ts'
import type { RequestPage } from './store.ts'

/** Without it, Excel does not read the file as UTF-8. */
const BOM = '\uFEFF'

/** A million rows are 500 pages: below D1's 1,000 queries per invocation, with a few MB in memory. */
export const EXPORT_PAGE_ROWS = 2_000

export const FORMATS = {
  csv: { type: 'text/csv; charset=utf-8', head: CSV_HEAD, line: toCsvLine },
  ndjson: { type: 'application/x-ndjson', head: '', line: toNdjsonLine },
} as const
export type Format = keyof typeof FORMATS

/**
 * Requests as text, page by page as the reader takes them, so that memory use does not grow with their number.
 * `nextPage` gets the cursor of the previous page.
 */
export function exportStream(
  format: Format,
  bom: boolean,
  tokenNames: TokenNames,
  nextPage: (cursor: string | null) => Promise<RequestPage>,
): ReadableStream<Uint8Array> {
  const { head, line } = FORMATS[format]
  const encoder = new TextEncoder()
  let cursor: string | null = null
  return new ReadableStream<Uint8Array>(
    {
      start: (controller) => controller.enqueue(encoder.encode(bom ? BOM + head : head)),
      pull: async (controller) => {
        // An export that fails must not look complete: an error here breaks the connection. A page may be
        // empty, and a pull that enqueues nothing is not followed by another, so read on.
        let lines: string[] = []
        do {
          const page = await nextPage(cursor)
          cursor = page.nextCursor
          lines = page.requests.map((row) => line(presentRequest(row, tokenNames)))
        } while (lines.length === 0 && cursor !== null)
        if (lines.length > 0) controller.enqueue(encoder.encode(lines.join('')))
        if (cursor === null) controller.close()
      },
    },
    { highWaterMark: 0 },
  )
}
