import type { TokenNames } from './present.ts'
import { CSV_HEAD, presentRequest, toCsvLine, toNdjsonLine } from './present.ts'
import type { RequestPage } from './store.ts'

/** Without it, Excel reads UTF-8 as something else. */
const BOM = '\uFEFF'

/** A million rows are 500 pages: below D1's thousand queries an invocation, and a few MB at a time. */
export const EXPORT_PAGE_ROWS = 2_000

export const FORMATS = {
  csv: { type: 'text/csv; charset=utf-8', head: CSV_HEAD, line: toCsvLine },
  ndjson: { type: 'application/x-ndjson', head: '', line: toNdjsonLine },
} as const
export type Format = keyof typeof FORMATS

/**
 * Requests as text, page by page as the reader takes them, so that memory does not grow with their
 * number. `nextPage` is given the cursor of the page before.
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
        // An export that breaks off must not look whole: an error here breaks the connection.
        // A page may be empty, and a pull that brings nothing is not followed by another.
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
