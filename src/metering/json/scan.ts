import { keyName, MAX_KEY_BYTES } from './key.ts'
import { BOM } from '../../http/bytes.ts'
import { firstNumberPart, isHex, mayEndAfter, nextNumberPart, type NumberPart } from './number.ts'

/** Says where and why a text is not JSON. Offsets count bytes from 0; line and column count from 1. */
class JsonSyntaxError extends SyntaxError {
  constructor(problem: string, offset: number, line: number, column: number) {
    super(`${problem} at line ${line} column ${column} (byte ${offset})`)
  }
}

/** Callbacks while a text passes. `at` is a position in the chunk being pushed. */
export interface JsonListener {
  /** A value begins, inside `depth` containers; `inObject`: as the member named by the last key. */
  open: (depth: number, inObject: boolean, at: number) => void
  /** The value that began at this depth ends right before `at`. */
  close: (depth: number, at: number) => void
  /** An object's key, at most `keyDepth` deep. A key longer than 64 bytes is cut. */
  key: (depth: number, name: string) => void
  keyDepth: number
  /** Accepts a byte order mark and any depth: for text that has passed already and cannot be refused. */
  isLenient?: boolean
}

const VALUE = 0
const FIRST_ITEM = 1
const FIRST_KEY = 2
const KEY = 3
const COLON = 4
const AFTER = 5
const STRING = 6
const ESCAPE = 7
const UNICODE = 8
const NUMBER = 9
const LITERAL = 10
const DONE = 11

/** For requests. xAI's own parser refuses more than 128 levels. */
const MAX_DEPTH = 512
const LENIENT_DEPTH = 1_000_000
const LITERALS: Record<number, string> = { 0x74: 'true', 0x66: 'false', 0x6e: 'null' }
const ESCAPES = new Set(new TextEncoder().encode('"\\/bfnrt'))

// 1: allowed in a string without an escape. One table look-up per byte keeps 30 MB of base64 cheap.
const PLAIN = new Uint8Array(256).fill(1).fill(0, 0, 0x20)
PLAIN[0x22] = 0
PLAIN[0x5c] = 0

/**
 * An incremental, strict JSON reader (RFC 8259). It keeps nothing of what it reads, so a 30 MB request or
 * an 8 MB event costs no memory.
 */
export class JsonScanner {
  private state = VALUE
  private readonly containers: ('{' | '[')[] = []
  private isKey = false
  /** The current string is a key that the listener gets. */
  private isNamed = false
  private keyBytes = ''
  private unicodeLeft = 0
  private number: NumberPart = 'sign'
  private literal = ''
  private literalAt = 0
  private base = 0
  private line = 1
  private lineStart = 0

  private readonly listener: JsonListener
  private readonly maxDepth: number

  constructor(listener: JsonListener) {
    this.listener = listener
    this.maxDepth = listener.isLenient === true ? LENIENT_DEPTH : MAX_DEPTH
  }

  /** Bytes read before the chunk that is being pushed. */
  get offset(): number {
    return this.base
  }

  /** Throws JsonSyntaxError at the first byte that cannot be JSON. */
  push(bytes: Uint8Array): void {
    let at = 0
    while (at < bytes.length) at = this.step(bytes, at, bytes[at]!)
    this.base += bytes.length
  }

  /** The text has ended. Throws JsonSyntaxError if the value is incomplete. */
  end(): void {
    if (this.state === NUMBER && this.containers.length === 0) this.endNumber(0)
    if (this.state === DONE) return
    this.fail(
      this.state === VALUE && this.containers.length === 0
        ? 'nothing there'
        : 'the text ends too early',
      0,
    )
  }

  /** Consumes at least one byte or changes the state. Returns the next position. */
  private step(bytes: Uint8Array, at: number, byte: number): number {
    switch (this.state) {
      case STRING:
        return this.inString(bytes, at)
      case ESCAPE:
        if (byte !== 0x75 && !ESCAPES.has(byte)) this.fail('a bad escape in a string', at)
        this.keepKey(bytes, at, at + 1)
        this.unicodeLeft = 4
        this.state = byte === 0x75 ? UNICODE : STRING
        return at + 1
      case UNICODE:
        if (!isHex(byte)) this.fail('a bad \\u escape in a string', at)
        this.keepKey(bytes, at, at + 1)
        if (--this.unicodeLeft === 0) this.state = STRING
        return at + 1
      case NUMBER: {
        const next = nextNumberPart(this.number, byte)
        if (next === null) return this.endNumber(at)
        this.number = next
        return at + 1
      }
      case LITERAL:
        if (byte !== this.literal.charCodeAt(this.literalAt))
          this.fail(`expected ${this.literal}`, at)
        this.literalAt++
        return this.literalAt === this.literal.length ? this.endValue(at + 1) : at + 1
      default:
        if (byte === 0x0a) {
          this.line++
          this.lineStart = this.base + at + 1
        }
        if (byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09) return at + 1
        return this.structure(at, byte)
    }
  }

  private structure(at: number, byte: number): number {
    const top = this.containers.at(-1)
    switch (this.state) {
      case FIRST_ITEM:
      case FIRST_KEY:
        if (byte === (top === '{' ? 0x7d : 0x5d)) return this.closeContainer(at)
        this.state = top === '{' ? KEY : VALUE
        return at
      case KEY:
        if (byte !== 0x22) this.fail('expected a key in double quotes', at)
        this.isKey = true
        this.isNamed = this.containers.length <= this.listener.keyDepth
        this.keyBytes = ''
        this.state = STRING
        return at + 1
      case COLON:
        if (byte !== 0x3a) this.fail('expected ":"', at)
        this.state = VALUE
        return at + 1
      case AFTER:
        if (byte === (top === '{' ? 0x7d : 0x5d)) return this.closeContainer(at)
        if (byte !== 0x2c)
          this.fail(top === '{' ? 'expected "," or "}"' : 'expected "," or "]"', at)
        this.state = top === '{' ? KEY : VALUE
        return at + 1
      case VALUE:
        return this.startValue(at, byte, top === '{')
      default:
        return this.fail('something follows the value', at)
    }
  }

  private startValue(at: number, byte: number, inObject: boolean): number {
    const depth = this.containers.length
    const part = firstNumberPart(byte)
    this.literal = LITERALS[byte] ?? ''
    this.literalAt = 1
    this.isKey = false
    this.isNamed = false
    if (byte === 0x22) this.state = STRING
    else if (byte === 0x7b) this.state = FIRST_KEY
    else if (byte === 0x5b) this.state = FIRST_ITEM
    else if (part !== null) this.state = NUMBER
    else if (this.literal !== '') this.state = LITERAL
    else if (this.maxDepth > MAX_DEPTH && depth === 0 && BOM[this.base + at] === byte) return at + 1
    else this.fail('expected a value', at)
    if (part !== null) this.number = part
    this.listener.open(depth, inObject, at)
    if (byte === 0x7b || byte === 0x5b) {
      if (depth === this.maxDepth) this.fail(`nested deeper than ${depth} levels`, at)
      this.containers.push(byte === 0x7b ? '{' : '[')
    }
    return at + 1
  }

  private inString(bytes: Uint8Array, from: number): number {
    const end = bytes.length
    let at = from
    while (at < end && PLAIN[bytes[at]!] === 1) at++
    this.keepKey(bytes, from, at)
    if (at === end) return at
    if (bytes[at] === 0x5c) {
      this.keepKey(bytes, at, at + 1)
      this.state = ESCAPE
      return at + 1
    }
    if (bytes[at] !== 0x22) return this.fail('a raw control character in a string', at)
    if (!this.isKey) return this.endValue(at + 1)
    if (this.isNamed) this.listener.key(this.containers.length, keyName(this.keyBytes))
    this.state = COLON
    return at + 1
  }

  private keepKey(bytes: Uint8Array, from: number, to: number): void {
    if (!this.isNamed) return
    for (let at = from; at < to && this.keyBytes.length < MAX_KEY_BYTES; at++)
      this.keyBytes += String.fromCharCode(bytes[at]!)
  }

  private endNumber(at: number): number {
    if (!mayEndAfter(this.number)) this.fail('expected a digit', at)
    return this.endValue(at)
  }

  private closeContainer(at: number): number {
    this.containers.pop()
    return this.endValue(at + 1)
  }

  private endValue(at: number): number {
    const depth = this.containers.length
    this.state = depth === 0 ? DONE : AFTER
    this.listener.close(depth, at)
    return at
  }

  private fail(problem: string, at: number): never {
    const offset = this.base + at
    throw new JsonSyntaxError(problem, offset, this.line, offset - this.lineStart + 1)
  }
}
