import { JsonCollector } from '../json/collector.ts'
import { isSyntaxError, Tap, type TapOptions } from './tap.ts'

/** A plain answer: one JSON value, metered at its end. */
export class PlainTap extends Tap {
  private readonly collector: JsonCollector | null

  /** `isRead`: there is something in it to meter. Files and sound pass without a look. */
  constructor(options: TapOptions, isRead = true) {
    super(options)
    this.collector = isRead ? new JsonCollector(options.members) : null
  }

  override detach(): void {
    this.collector?.detach()
  }

  protected override take(chunk: Uint8Array): readonly Uint8Array[] {
    this.keepHead(chunk)
    this.collector?.push(chunk)
    return [chunk]
  }

  protected override finish(): void {
    const { collector } = this
    let value: unknown
    if (collector === null || isSyntaxError(() => (value = collector.end()))) return
    this.usage = { ...this.options.meter(this.usage, value), finished: true }
  }
}
