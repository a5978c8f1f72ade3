import { joinBytes } from '../../http/bytes.ts'
import { JsonMembers, type Wanted } from './members.ts'
import { JsonScanner, type JsonListener } from './scan.ts'

// Nearly every event and plain answer is smaller, and the runtime's native parser is the fastest.
const WHOLE_LIMIT_BYTES = 65_536
const decoder = new TextDecoder()

const NO_LISTENER: JsonListener = {
  open: () => {},
  close: () => {},
  key: () => {},
  keyDepth: 0,
  isLenient: true,
}

type Json = Record<string, unknown>

const TEXT_BYTES = Symbol('text bytes')

/** The bytes of text in a value of which only members were kept; 0 for a value that was kept whole. */
export const textBytesOf = (value: object): number =>
  (value as { [TEXT_BYTES]?: number })[TEXT_BYTES] ?? 0

/**
 * Collects JSON values, one after the other, each arriving in pieces. Small values are parsed whole. Of a value
 * larger than 64 KiB only the wanted members are kept, so that megabytes pass without being held.
 */
export class JsonCollector {
  private parts: Uint8Array[] = []
  /** The number of `parts` that are copies. */
  private copied = 0
  private size = 0
  private members: JsonMembers | null = null
  private problem: SyntaxError | null = null
  private picked: Json = {}
  private decoded: string | null = null

  private readonly wanted: Wanted

  constructor(wanted: Wanted) {
    this.wanted = wanted
  }

  push(piece: Uint8Array): void {
    this.size += piece.length
    if (this.members) {
      this.scan([piece])
      return
    }
    // Nearly always the only piece. A push onto an empty array would reserve memory for many.
    if (this.parts.length === 0) this.parts = [piece]
    else this.parts.push(piece)
    if (this.size <= WHOLE_LIMIT_BYTES) return
    this.members = new JsonMembers(this.wanted, {
      isLenient: true,
      close: (path, text, _offset, keys) => {
        // A member that is too long has no value, but is present.
        const value: unknown = text ? JSON.parse(decoder.decode(text)) : undefined
        this.picked = put(this.picked, keys, value)
        if (!text && keys.at(-1) === 'usage') console.error('usage is too long to be metered', path)
      },
    })
    this.scan(this.parts)
    this.parts = []
    this.copied = 0
  }

  /** Copies the pieces that it keeps, because their buffers are about to be reused. */
  retainCopy(): void {
    for (; this.copied < this.parts.length; this.copied++)
      this.parts[this.copied] = this.parts[this.copied]!.slice()
  }

  /** The text of the value; null: it is too large to be kept whole. */
  get text(): string | null {
    if (this.members) return null
    return (this.decoded ??= decoder.decode(joinBytes(this.parts)))
  }

  /** The value, or its wanted members. Throws a SyntaxError if it is not JSON. */
  end(): unknown {
    if (this.problem) throw this.problem
    if (!this.members) return JSON.parse(this.text ?? '')
    this.members.end()
    // Under a symbol and not enumerable, so that no meter takes it for a member.
    return Object.defineProperty(this.picked, TEXT_BYTES, { value: this.members.textBytes })
  }

  /** After `end` has thrown: the pieces are the beginning of a JSON text. */
  get isBeginning(): boolean {
    if (this.members) return this.problem === null
    const scanner = new JsonScanner(NO_LISTENER)
    try {
      scanner.push(joinBytes(this.parts))
      return true
    } catch {
      return false
    }
  }

  /** Prepares for the next value. */
  clear(): void {
    this.size = 0
    this.copied = 0
    this.parts = []
    this.decoded = null
    if (this.members === null) return
    this.members = null
    this.problem = null
    this.picked = {}
  }

  /** The value is exactly this text, JSON or not. */
  is(text: string): boolean {
    return this.size === text.length && this.text === text
  }

  private scan(parts: readonly Uint8Array[]): void {
    if (this.problem) return
    try {
      for (const part of parts) this.members?.push(part)
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error
      this.problem = error
    }
  }
}

const put = (into: object, [key = '', ...deeper]: readonly string[], value: unknown): Json => ({
  ...into,
  [key]: deeper.length > 0 ? put({ ...((into as Json)[key] as object) }, deeper, value) : value,
})
