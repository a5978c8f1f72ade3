import { JsonItems } from '../json/items.ts'
import { plainMeter } from './media.ts'
import { isSyntaxError, Tap, type TapOptions } from './tap.ts'
import { asObject, asString, NOTHING_USED, type Usage } from './usage.ts'

const decoder = new TextDecoder()

/** A page of a batch's results: each is an answer with a usage of its own, metered as it passes. */
export class ResultsTap extends Tap {
  private readonly items: JsonItems
  private readonly results: { id: string; usage: Usage }[] = []

  constructor(options: TapOptions) {
    super(options)
    this.usage = { ...NOTHING_USED, results: this.results }
    this.items = new JsonItems('results', (text) => this.onResult(text))
  }

  protected override take(chunk: Uint8Array): readonly Uint8Array[] {
    this.keepHead(chunk)
    this.items.push(chunk)
    return [chunk]
  }

  protected override finish(): void {
    if (isSyntaxError(() => this.items.end())) return
    this.usage = { ...this.usage, finished: true }
  }

  private onResult(text: Uint8Array | null): void {
    if (text === null) {
      console.error('a result of a batch is too long to be metered')
      return
    }
    const result = asObject(JSON.parse(decoder.decode(text)))
    const id = asString(result?.['batch_request_id'])
    const response = asObject(asObject(result?.['batch_result'])?.['response'])
    // By the kind of request: `chat_get_completion`, `image_generation`, …
    const answer = Object.values(response ?? {})
      .map(asObject)
      .find(Boolean)
    if (id === null || !answer) return
    const usage = { ...plainMeter(NOTHING_USED, answer), finished: true }
    this.results.push({ id, usage })
  }
}
