import { JsonCollector } from '../json/collector.ts'
import { isSyntaxError, Tap, type TapOptions } from './tap.ts'

const HEAD_CHARACTERS = 2000
const decoder = new TextDecoder()

/** A plain answer: one JSON value, metered at its end. */
export class PlainTap extends Tap {
  private readonly collector: JsonCollector

  constructor(options: TapOptions) {
    super(options)
    this.collector = new JsonCollector(options.members)
  }

  protected override take(chunk: Uint8Array): readonly Uint8Array[] {
    if (this.head.length < HEAD_CHARACTERS) {
      this.head += decoder.decode(chunk.subarray(0, HEAD_CHARACTERS))
    }
    this.collector.push(chunk)
    return [chunk]
  }

  protected override finish(): void {
    let value: unknown
    if (isSyntaxError(() => (value = this.collector.end()))) return
    this.usage = { ...this.options.meter(this.usage, value), finished: true }
  }
}
