import { JsonMembers, type MemberHooks } from '../metering/json/members.ts'
import type { Refusal } from '../http/refusals.ts'
import type { Endpoint } from '../xai/endpoint.ts'
import type { BodyFacts } from '../xai/body-facts.ts'
import { OTHER_INPUT, OTHER_INPUT_MEMBERS } from '../xai/other-input.ts'

const encoder = new TextEncoder()
const decoder = new TextDecoder()
const WITH_USAGE = encoder.encode('"stream_options":{"include_usage":true}')
const COMMA = encoder.encode(',')
const MAX_HELD_BYTES = 1_048_576
const OBJECT = 0x7b
const STRING = 0x22
/** Size limit of a member that is read. The longest one is text to be spoken, with its escapes. */
const MEMBER_BYTES = { any: 65_536, priced: 262_144 } as const

/**
 * Checks a JSON body while it passes, and turns on `stream_options.include_usage` for a stream. All bytes
 * outside that member are the caller's. The closing brace is held until the end, so that a body that breaks
 * off or is refused halfway never looks complete to xAI.
 */
export class BodyPatch {
  private readonly endpoint: Endpoint
  private readonly members: JsonMembers
  private readonly seen = new Set<string>()
  private readonly values = new Map<string, unknown>()
  /** The length of a member that is a list; 1 for an object or a string. */
  private readonly items = new Map<string, number>()
  private namesTwoModels = false
  private waiting: Uint8Array[] = []
  private waitingFrom = 0
  private waitingTo = 0
  private optionsFrom = 0
  private optionsTo: number | null = null
  private optionsOpen = false
  private braceAt = Number.POSITIVE_INFINITY

  constructor(endpoint: Endpoint) {
    this.endpoint = endpoint
    const kept = [
      'model',
      'stream',
      'stream_options',
      ...OTHER_INPUT_MEMBERS,
      ...endpoint.priced,
      ...endpoint.limits,
    ]
    const wanted = new Set([...kept, ...endpoint.counted, ...Object.keys(endpoint.required)])
    const hooks: MemberHooks = {
      words: OTHER_INPUT,
      item: (path) => void this.items.set(path, (this.items.get(path) ?? 0) + 1),
      open: (path, offset, byte) => {
        this.seen.add(path)
        this.items.set(path, byte === OBJECT || byte === STRING ? 1 : 0)
        if (path === 'stream_options') this.openOptions(offset)
        return kept.includes(path)
      },
      close: (path, text, offset) => {
        const value: unknown = text === null ? undefined : JSON.parse(decoder.decode(text))
        if (path === 'model' && this.values.has(path) && this.values.get(path) !== value)
          this.namesTwoModels = true
        this.values.set(path, value)
        if (path === 'stream_options') this.closeOptions(offset)
      },
      end: (offset) => (this.braceAt = offset - 1),
    }
    const isPriced = endpoint.priced.length > 0
    this.members = new JsonMembers(wanted, hooks, MEMBER_BYTES[isPriced ? 'priced' : 'any'])
  }

  get facts(): BodyFacts {
    const model = this.values.get('model')
    const previous = this.values.get('previous_response_id')
    return {
      requestedModel: typeof model === 'string' ? model : null,
      namesTwoModels: this.namesTwoModels,
      stream: this.values.get('stream') === true,
      asksForUsage: asksForUsage(this.values.get('stream_options')),
      members: Object.fromEntries([
        ...[...this.endpoint.priced, ...this.endpoint.limits].map((name) => [
          name,
          this.values.get(name),
        ]),
        ...this.endpoint.counted.map((name) => [name, this.items.get(name) ?? 0]),
      ]),
      textBytes: this.members.textBytes,
      isAllText:
        !this.members.hasNoticed && OTHER_INPUT_MEMBERS.every((name) => this.isUnset(name)),
      previousResponseId: typeof previous === 'string' ? previous : null,
      beforeTokens: null,
    }
  }

  private isUnset(name: string): boolean {
    return !this.seen.has(name) || this.values.get(name) === null
  }

  /** Throws JsonSyntaxError. */
  push(chunk: Uint8Array): void {
    const isOver = this.braceAt !== Number.POSITIVE_INFINITY
    this.members.push(chunk)
    // Only whitespace can follow the closing brace, and any amount of it: drop it.
    if (isOver) return
    this.waiting.push(chunk)
    this.waitingTo += chunk.length
  }

  /** The bytes that may go to xAI before the body is complete. */
  drain(): Uint8Array[] {
    if (this.optionsOpen && this.waitingTo - this.optionsFrom > MAX_HELD_BYTES)
      this.optionsOpen = false
    const options = this.values.get('stream_options')
    // A caller that sends options wants a stream, even if "stream" itself has not arrived yet.
    const stream = this.values.get('stream') ?? (typeof options === 'object' && options !== null)
    return this.take(this.optionsOpen ? this.optionsFrom : this.braceAt, stream === true)
  }

  /** The rest of a complete body, or the refusal if it cannot be sent. Throws JsonSyntaxError. */
  end(): Uint8Array[] | Refusal {
    this.members.end()
    if (this.members.kind !== 'object') return { reason: 'body_not_object' }
    for (const [field, example] of Object.entries(this.endpoint.required)) {
      if (!this.seen.has(field)) return { reason: 'field_missing', field, example }
    }
    const options = this.values.get('stream_options')
    if (this.endpoint.hiddenUsage && this.seen.has('stream_options') && !isOptions(options)) {
      return { reason: 'field_invalid', field: 'stream_options', problem: 'must be a JSON object' }
    }
    const { stream } = this.facts
    const out = this.take(this.braceAt, stream)
    if (stream && this.endpoint.hiddenUsage && !this.seen.has('stream_options')) {
      if (this.members.hasMembers) out.push(COMMA)
      out.push(WITH_USAGE)
    }
    return [...out, ...this.take(Number.POSITIVE_INFINITY, stream)]
  }

  private openOptions(offset: number): void {
    this.optionsFrom = offset
    this.optionsOpen = this.endpoint.hiddenUsage !== null
  }

  private closeOptions(offset: number): void {
    if (this.optionsOpen) this.optionsTo = offset
    this.optionsOpen = false
  }

  /** Takes the held bytes before `end`, with the options rewritten if the usage needs it. */
  private take(end: number, stream: boolean): Uint8Array[] {
    const options = this.values.get('stream_options')
    const out: Uint8Array[] = []
    if (this.optionsTo !== null && this.optionsTo <= Math.min(end, this.waitingTo)) {
      if (stream && typeof options === 'object' && !asksForUsage(options)) {
        this.move(this.optionsFrom, out)
        out.push(encoder.encode(JSON.stringify({ ...options, include_usage: true })))
        this.move(this.optionsTo, [])
      }
      this.optionsTo = null
    }
    this.move(end, out)
    return out
  }

  private move(end: number, out: Uint8Array[]): void {
    for (let part = this.waiting[0]; part && this.waitingFrom < end; part = this.waiting[0]) {
      const size = Math.min(part.length, end - this.waitingFrom)
      out.push(part.subarray(0, size))
      this.waitingFrom += size
      if (size === part.length) this.waiting.shift()
      else this.waiting[0] = part.subarray(size)
    }
  }
}

const isOptions = (value: unknown): value is object | null =>
  typeof value === 'object' && !Array.isArray(value)

function asksForUsage(options: unknown): boolean {
  return (options as { include_usage?: unknown } | null | undefined)?.include_usage === true
}
