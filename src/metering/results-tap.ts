import { JsonCollector } from './json/collector.ts'
import { JsonItems } from './json/items.ts'
import { Fingerprint } from './json/print.ts'
import type { Wanted } from './json/members.ts'
import { asObject } from './counts.ts'
import { isSyntaxError, Tap, type TapOptions } from './tap.ts'
import { asString, NOTHING_USED, type BatchResult, type Meter } from './usage.ts'

/** The member of a page that says where the next page begins; without it, there is no next page. */
export const NEXT_PAGE = 'pagination_token'

const ANSWER_MEMBERS = new Set(['id', 'model', 'usage', 'error', 'code'])

/** The members kept of a large result (images come as base64). The key of its answer is the kind of request. */
const RESULT_MEMBERS: Wanted = {
  has: (path, keys) =>
    path === 'batch_request_id' ||
    (keys.length === 4 &&
      keys[0] === 'batch_result' &&
      keys[1] === 'response' &&
      ANSWER_MEMBERS.has(keys[3] ?? '')),
  pathKeys: 4,
}

/** Meters a page of a batch's results as it passes. Each result is an answer with its own usage. */
export class ResultsTap extends Tap {
  private readonly items: JsonItems
  private readonly result = new JsonCollector(RESULT_MEMBERS)
  private readonly print = new Fingerprint()
  private readonly results: BatchResult[] = []
  /** Meters the answer in a result. */
  private readonly meter: Meter

  constructor(options: TapOptions) {
    super(options)
    this.meter = options.meter
    this.usage = { ...NOTHING_USED, results: this.results }
    this.items = new JsonItems({
      list: 'results',
      text: NEXT_PAGE,
      onPiece: (piece) => {
        this.result.push(piece)
        this.print.push(piece)
      },
      onEnd: () => this.onResult(),
    })
  }

  override retainCopy(): void {
    this.result.retainCopy()
  }

  protected override take(chunk: Uint8Array): readonly Uint8Array[] {
    this.keepHead(chunk)
    this.items.push(chunk)
    return [chunk]
  }

  protected override finish(): void {
    if (isSyntaxError(() => this.items.end())) return
    // A batch that is still running may have no results yet.
    const jobIsOver = !this.items.hasText && this.results.length > 0
    // Results of one model are that model's; a page of several has none.
    const models = new Set(this.results.map(({ usage }) => usage.model))
    const model = models.size === 1 ? [...models][0]! : null
    this.usage = { ...this.usage, model, finished: true, isAnswer: true, jobIsOver }
  }

  override isForeign(): boolean {
    return false
  }

  private onResult(): void {
    const result = asObject(this.result.end())
    this.result.clear()
    const print = this.print.end()
    const named = result?.['batch_request_id']
    const id = typeof named === 'number' ? String(named) : asString(named)
    const response = asObject(asObject(result?.['batch_result'])?.['response'])
    // The key is the kind of request: `chat_get_completion`, `image_generation`, …
    const answers = Object.values(response ?? {}).map(asObject)
    const answer = answers.find((one) => one?.['usage']) ?? answers.find(Boolean)
    if (!answer) return
    const usage = { ...this.meter(NOTHING_USED, answer), finished: true }
    this.results.push({ id, usage, print })
  }
}
