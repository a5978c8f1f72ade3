import { JsonCollector } from '../metering/json/collector.ts'
import { asCount, asObject } from '../metering/counts.ts'
import { MEDIA_MEMBERS, plainMeter, videoMeter } from '../xai/meters/media.ts'
import { PlainTap } from '../metering/plain-tap.ts'
import { NEXT_PAGE, ResultsTap } from '../metering/results-tap.ts'
import type { Tap } from '../metering/tap.ts'
import { asString, type Usage } from '../metering/usage.ts'
import { NO_BODY } from '../xai/body-facts.ts'
import { NO_ANSWER, type ExchangeResult } from './exchange-result.ts'
import { DAY_MS } from '../http/time.ts'

export interface Fetched {
  usage: Usage
  /** The token of the next page; null: this was the last. */
  next: string | null
  unmetered: boolean
}

async function readThrough(
  response: Response,
  tap: Tap,
  onChunk: (chunk: Uint8Array) => void = () => {},
): Promise<void> {
  for await (const chunk of response.body ?? []) {
    tap.push(chunk)
    onChunk(chunk)
  }
  tap.end()
}

export async function readVideo(response: Response): Promise<Fetched> {
  const tap = new PlainTap({ meter: videoMeter, members: MEDIA_MEMBERS, hides: null })
  await readThrough(response, tap)
  return { usage: tap.usage, next: null, unmetered: tap.broken }
}

/** Reads a page of a batch's results; only the usage of each is kept. */
export async function readPage(response: Response): Promise<Fetched> {
  const tap = new ResultsTap({ meter: plainMeter, members: new Set(), hides: null })
  const about = new JsonCollector(new Set([NEXT_PAGE]))
  await readThrough(response, tap, (chunk) => about.push(chunk))
  const next = asString(asObject(about.end())?.[NEXT_PAGE])
  return { usage: tap.usage, next, unmetered: tap.broken }
}

/**
 * Whether nothing of a batch is under way any more. A batch that does not say so counts as over after a day,
 * in which most are.
 */
export function isBatchOver(batch: unknown, ageMs: number): boolean {
  const state = asObject(asObject(batch)?.['state'])
  const pending = asCount(state?.['num_pending'])
  const requests = asCount(state?.['num_requests'])
  return pending === null || requests === null ? ageMs > DAY_MS : pending === 0 && requests > 0
}

/** The result that a caller's request would have had. */
export const resultOf = (jobId: string, { usage, unmetered }: Fetched): ExchangeResult => ({
  ...NO_ANSWER,
  status: 200,
  outcome: 'complete',
  sent: true,
  billed: true,
  facts: NO_BODY,
  usage,
  jobId,
  unmetered,
  overheadMs: 0,
  totalMs: 0,
  errorCode: null,
  errorText: null,
})
