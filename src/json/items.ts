import { JsonScanner } from './scan.ts'

const ITEM_DEPTH = 2

/**
 * Watches a JSON object go by and hands over the items of one of its lists as they come, so that neither
 * the list nor an item is ever held.
 */
export class JsonItems {
  private readonly scanner: JsonScanner
  private member = ''
  private from: number | null = null
  private chunk: Uint8Array = new Uint8Array(0)
  private readonly onPiece: (piece: Uint8Array) => void

  /** `onPiece` gets views of the chunks. */
  constructor(list: string, onPiece: (piece: Uint8Array) => void, onEnd: () => void) {
    this.onPiece = onPiece
    this.scanner = new JsonScanner({
      key: (_, name) => void (this.member = name),
      keyDepth: 1,
      isLenient: true,
      open: (depth, inObject, at) => {
        if (depth === ITEM_DEPTH && !inObject && this.member === list) this.from = at
      },
      close: (depth, at) => {
        if (depth !== ITEM_DEPTH || this.from === null) return
        this.pass(at)
        this.from = null
        onEnd()
      },
    })
  }

  /** Throws JsonSyntaxError, as `end` does. */
  push(chunk: Uint8Array): void {
    this.chunk = chunk
    if (this.from !== null) this.from = 0
    this.scanner.push(chunk)
    if (this.from !== null) this.pass(chunk.length)
  }

  end(): void {
    this.scanner.end()
  }

  private pass(to: number): void {
    this.onPiece(this.chunk.subarray(this.from ?? 0, to))
  }
}
