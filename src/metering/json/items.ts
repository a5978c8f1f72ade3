import { JsonScanner } from './scan.ts'

const ITEM_DEPTH = 2
const QUOTE = 0x22
const EMPTY_TEXT_BYTES = 2

/** The list to read, and callbacks for its items. */
export interface ItemsListener {
  /** The name of the list. */
  list: string
  /** The name of another member of the same object. `hasText` says whether that is a string that is not empty. */
  text: string
  /** Gets a view of the chunk, not a copy. */
  onPiece: (piece: Uint8Array) => void
  onEnd: () => void
}

/**
 * Reads a JSON object as it passes and hands over the items of one of its lists as they come, so that neither
 * the list nor an item is held.
 */
export class JsonItems {
  /** The member `text` is a string that is not empty. */
  hasText = false
  private readonly scanner: JsonScanner
  private member = ''
  private from: number | null = null
  private chunk: Uint8Array = new Uint8Array(0)
  private textFrom: number | null = null
  private readonly onPiece: ItemsListener['onPiece']

  constructor({ list, text, onPiece, onEnd }: ItemsListener) {
    this.onPiece = onPiece
    this.scanner = new JsonScanner({
      key: (_, name) => void (this.member = name),
      keyDepth: 1,
      isLenient: true,
      open: (depth, inObject, at) => {
        if (depth === ITEM_DEPTH && !inObject && this.member === list) this.from = at
        if (depth === 1 && this.member === text && this.chunk[at] === QUOTE)
          this.textFrom = this.scanner.offset + at
      },
      close: (depth, at) => {
        if (depth === 1 && this.textFrom !== null) {
          this.hasText = this.scanner.offset + at - this.textFrom > EMPTY_TEXT_BYTES
          this.textFrom = null
        }
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
