import { JsonCollector } from './json/collector.ts'
import { isSyntaxError, Tap, type TapOptions } from './tap.ts'

/** A plain answer: one JSON value, metered at its end. */
export class PlainTap extends Tap {
  private readonly collector: JsonCollector | null
  private isCut = false
  private isEmpty = true

  /** `isRead`: the answer has something to meter. Files and sound pass unread. */
  constructor(options: TapOptions, isRead = true) {
    super(options)
    this.collector = isRead ? new JsonCollector(options.members) : null
  }

  override retainCopy(): void {
    this.collector?.retainCopy()
  }

  protected override take(chunk: Uint8Array): readonly Uint8Array[] {
    this.isEmpty &&= chunk.length === 0
    this.keepHead(chunk)
    this.collector?.push(chunk)
    return [chunk]
  }

  protected override finish(): void {
    const { collector } = this
    let value: unknown
    if (collector === null) return
    if (isSyntaxError(() => (value = collector.end()))) {
      this.isCut = collector.isBeginning
      return
    }
    this.usage = { ...this.options.meter(this.usage, value), finished: true }
  }

  override isForeign(isWhole: boolean): boolean {
    if (this.usage.error !== null) return false
    if (this.isEmpty) return isWhole
    // It was not read.
    if (this.collector === null) return false
    // An answer that was cut may have been a valid one.
    return !this.usage.isAnswer && !this.isCut
  }
}
