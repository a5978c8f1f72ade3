import { joinBytes } from './bytes.ts'
import { JsonScanner } from './scan.ts'

const ITEM_DEPTH = 2

/**
 * Watches a JSON object go by and hands over the items of one of its lists, one by one, so that a list of
 * megabytes is never held. An item longer than the limit is handed over as null.
 */
export class JsonItems {
  private readonly scanner: JsonScanner
  private member = ''
  private parts: Uint8Array[] = []
  private size = 0
  private from: number | null = null
  private chunk: Uint8Array = new Uint8Array(0)

  private readonly limitBytes: number

  constructor(list: string, onItem: (text: Uint8Array | null) => void, limitBytes = 1_048_576) {
    this.limitBytes = limitBytes
    this.scanner = new JsonScanner({
      key: (_, name) => void (this.member = name),
      keyDepth: 1,
      open: (depth, inObject, at) => {
        if (depth === ITEM_DEPTH && !inObject && this.member === list) this.from = at
      },
      close: (depth, at) => {
        if (depth !== ITEM_DEPTH || this.from === null) return
        this.keep(at)
        onItem(this.size > limitBytes ? null : joinBytes(this.parts))
        this.from = null
        this.parts = []
        this.size = 0
      },
    })
  }

  /** Throws JsonSyntaxError, as `end` does. */
  push(chunk: Uint8Array): void {
    this.chunk = chunk
    if (this.from !== null) this.from = 0
    this.scanner.push(chunk)
    if (this.from !== null) this.keep(chunk.length)
  }

  end(): void {
    this.scanner.end()
  }

  private keep(to: number): void {
    const part = this.chunk.slice(this.from ?? 0, to)
    this.size += part.length
    if (this.size <= this.limitBytes) this.parts.push(part)
    else this.parts = []
  }
}
