import { readSettings, type Env } from '../env.ts'
import { isRefusal } from '../http/refusals.ts'
import { toPoint } from '../ledger/point.ts'
import { EventTap } from '../metering/event-tap.ts'
import { PlainTap } from '../metering/plain-tap.ts'
import { TABLE } from '../pricing/prices.ts'
import type { Tap } from '../metering/tap.ts'
import { BodyPatch } from './body-patch.ts'
import { readCredential } from './credential.ts'
import { NO_ANSWER, type Call, type ExchangeResult } from '../settlement/exchange-result.ts'
import { callerHeaders, upstreamHeaders } from './headers.ts'
import { readMetadata } from './metadata.ts'
import { matchEndpoint, PREFIX } from '../xai/match.ts'
import { scrubber } from '../http/scrub.ts'
import { settle } from '../settlement/settle.ts'
import { asyncJobOf } from '../settlement/async-job.ts'

const utf8 = new TextEncoder()
const ANSWER = {
  id: 'rehearsal',
  model: 'grok-4.3',
  choices: [
    { index: 0, delta: { content: 'a' }, message: { content: 'a' }, finish_reason: 'stop' },
  ],
  usage: {
    prompt_tokens: 3,
    completion_tokens: 2,
    total_tokens: 5,
    prompt_tokens_details: { cached_tokens: 1, text_tokens: 3 },
    completion_tokens_details: { reasoning_tokens: 1 },
    cost_in_usd_ticks: 1,
  },
}
const ASKED = { model: 'grok-4.3', stream: true, messages: [{ role: 'user', content: 'a' }] }
const CALL: Call = {
  id: 'rehearsal',
  atMs: 0,
  accountId: '',
  tokenId: '',
  label: null,
  session: null,
  tags: null,
  endpoint: 'chat/completions',
  mode: 'stored',
  colo: null,
  traceContext: null,
}

/**
 * Runs an invented request once through the code that every request needs: no I/O, no time, no randomness,
 * nothing that is kept. V8 compiles a function on its first call, which is most of the time of an isolate's
 * first request. Here that happens while the isolate starts, for which Cloudflare allows 1 s of CPU, instead
 * of in a request, for which Free allows 10 ms (https://developers.cloudflare.com/workers/platform/limits/).
 * Returns whether it completed.
 */
export function rehearse(): boolean {
  try {
    readSettings({} as Env)
    const endpoint = matchEndpoint('POST', new URL(`https://x${PREFIX}/v1/chat/completions`), false)
    if (isRefusal(endpoint)) return false
    const authorization = `Bearer sk-metrion-${'0'.repeat(32)}`
    const headers = new Headers({ authorization, 'content-type': 'application/json' })
    readCredential(headers)
    readMetadata(headers, [])
    const body = new BodyPatch(endpoint)
    body.push(utf8.encode(JSON.stringify(ASKED)))
    body.end()
    upstreamHeaders(headers, 'xai-', endpoint, { hasBody: true, conversation: null })
    callerHeaders(headers, CALL.id)
    const { members, varying, hiddenUsage: hides } = endpoint
    const options = { meter: endpoint.meter ?? ((seen) => seen), members, varying, hides }
    const event = utf8.encode(`data: ${JSON.stringify(ANSWER)}\n\n`)
    const events = passed(new EventTap(options), event, event, utf8.encode('data: [DONE]\n\n'))
    const plain = passed(new PlainTap(options, true), utf8.encode(JSON.stringify(ANSWER)))
    for (const { usage } of [events, plain]) remember({ ...RESULT, facts: body.facts, usage })
    return true
  } catch (error) {
    // Requests report the problem themselves.
    console.error('rehearsal failed', error instanceof Error ? error.message : typeof error)
    return false
  }
}

const RESULT: Omit<ExchangeResult, 'facts'> = {
  ...NO_ANSWER,
  status: 200,
  outcome: 'complete',
  sent: true,
  billed: true,
  overheadMs: 0,
  totalMs: 0,
  errorCode: null,
  errorText: null,
}

function passed(tap: Tap, ...chunks: readonly Uint8Array[]): Tap {
  for (const chunk of chunks) tap.push(chunk)
  tap.retainCopy()
  tap.end()
  return tap
}

function remember(result: ExchangeResult): void {
  scrubber([])(result.usage.responseId)
  const knowledge = { prices: TABLE, known: [], beforeTokens: 0, work: null }
  const entry = settle(CALL, result, knowledge)
  const work = asyncJobOf(result, entry, TABLE)
  toPoint(entry, work)
}
