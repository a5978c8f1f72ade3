import { JsonScanner } from './scan.ts'
import { joinBytes } from '../../http/bytes.ts'
import type { WordSet } from './words.ts'

/** Selects members by dotted path, or by the path's keys. A set of paths will do. */
export interface Wanted {
  has: (path: string, keys: readonly string[]) => boolean
  /** The most keys that a path has; absent: 2. */
  pathKeys?: number
}

export interface MemberHooks {
  /** As in JsonListener. */
  isLenient?: boolean
  /** String values that set `hasNoticed`, anywhere in the text. */
  words?: WordSet
  /** An item begins in a list that is a wanted member of the outermost object. */
  item?: (path: string) => void
  /** A wanted member's value begins at this offset with this byte. Returns false if its text is not needed. */
  open?: (path: string, offset: number, byte: number) => boolean
  /** That value ended right before `offset`. `text` is null if it was longer than the limit. */
  close?: (path: string, text: Uint8Array | null, offset: number, keys: readonly string[]) => void
  /** The outermost value ended right before this offset. */
  end?: (offset: number) => void
}

interface Capture {
  path: string
  keys: readonly string[]
  depth: number
  parts: Uint8Array[]
  size: number
  from: number
}

const PATH_KEYS = 2
const DATA_URL = new TextEncoder().encode('"data:')

/**
 * Reads a JSON text as it passes and keeps only the wanted members, named by dotted paths
 * (`usage`, `response.usage`), each up to `limitBytes`.
 */
export class JsonMembers {
  kind: 'none' | 'object' | 'other' = 'none'
  /** The outermost object has at least one member. */
  hasMembers = false
  /** Bytes in string values other than data: URLs: the text that a model has to read. */
  textBytes = 0
  /** There was a data: URL, or one of `words`. */
  hasNoticed = false

  private readonly scanner: JsonScanner
  private readonly path: string[] = []
  private chunk: Uint8Array = new Uint8Array(0)
  private capture: Capture | null = null
  private textFrom: number | null = null

  private readonly wanted: Wanted
  private readonly hooks: MemberHooks
  private readonly limitBytes: number

  constructor(wanted: Wanted, hooks: MemberHooks, limitBytes = 65_536) {
    this.wanted = wanted
    this.hooks = hooks
    this.limitBytes = limitBytes
    this.scanner = new JsonScanner({
      open: (depth, inObject, at) => this.open(depth, inObject, at),
      close: (depth, at) => this.close(depth, at),
      key: (depth, name) => {
        if (depth === 1) this.hasMembers = true
        this.path.length = Math.min(this.path.length, depth - 1)
        this.path.push(name)
      },
      keyDepth: wanted.pathKeys ?? PATH_KEYS,
      isLenient: hooks.isLenient === true,
    })
  }

  /** Throws JsonSyntaxError, as `end` does. */
  push(chunk: Uint8Array): void {
    this.chunk = chunk
    if (this.capture) this.capture.from = 0
    this.scanner.push(chunk)
    if (this.capture) this.keep(this.capture, chunk.length)
  }

  end(): void {
    this.scanner.end()
  }

  private open(depth: number, inObject: boolean, at: number): void {
    this.textFrom = this.startsText(at) ? this.scanner.offset + at : null
    if (depth === 0) this.kind = this.chunk[at] === 0x7b ? 'object' : 'other'
    if (!inObject) this.openItem(depth)
    if (this.capture || !inObject || this.path.length !== depth) return
    const path = this.path.join('.')
    if (!this.wanted.has(path, this.path)) return
    const byte = this.chunk[at] ?? 0
    if (this.hooks.open?.(path, this.scanner.offset + at, byte) === false) return
    this.capture = { path, keys: [...this.path], depth, parts: [], size: 0, from: at }
  }

  private openItem(depth: number): void {
    this.path.length = Math.min(this.path.length, Math.max(depth - 1, 0))
    const [list = ''] = this.path
    if (
      depth === 2 &&
      this.path.length === 1 &&
      this.hooks.item &&
      this.wanted.has(list, this.path)
    )
      this.hooks.item(list)
  }

  private close(depth: number, at: number): void {
    const offset = this.scanner.offset + at
    if (this.textFrom !== null) this.textBytes += offset - this.textFrom - 2
    this.textFrom = null
    this.path.length = Math.min(this.path.length, depth)
    if (depth === 0) this.hooks.end?.(offset)
    const capture = this.capture
    if (capture?.depth !== depth) return
    this.keep(capture, at)
    this.capture = null
    const text = capture.size > this.limitBytes ? null : joinBytes(capture.parts)
    this.hooks.close?.(capture.path, text, offset, capture.keys)
  }

  // A data: URL that a chunk boundary cuts inside `"data:` counts as text; that only makes an estimate coarser.
  private startsText(at: number): boolean {
    const { chunk } = this
    if (chunk[at] !== 0x22) return false
    if (this.hooks.words?.isAt(chunk, at) === true) this.hasNoticed = true
    for (let index = 1; index < DATA_URL.length; index++)
      if (chunk[at + index] !== DATA_URL[index]) return true
    this.hasNoticed = true
    return false
  }

  private keep(capture: Capture, to: number): void {
    capture.size += to - capture.from
    if (capture.size > this.limitBytes) capture.parts = []
    else capture.parts.push(this.chunk.slice(capture.from, to))
  }
}
