import { seeded } from '../seeded.ts'
import type { Field } from '../../src/ledger/columns.ts'
import type { Outcome } from '../../src/ledger/outcomes.ts'

export interface Shape {
  rows: number
  /** Spread over so many days before `endMs`. */
  days: number
  endMs: number
  seed: number
}

/** A row as SQLite takes it. */
export type MadeUpRow = Record<Field, string | number | null>

/** Ticks per token of each, and how often it is asked for. */
const MODELS = [
  ['grok-4.3', 12_500, 2_000, 25_000, 30],
  ['grok-4.7', 20_000, 5_000, 60_000, 20],
  ['grok-4.6', 20_000, 5_000, 60_000, 14],
  ['grok-4.5', 20_000, 3_000, 60_000, 10],
  ['grok-build-0.1', 10_000, 2_000, 20_000, 8],
  ['grok-4.20-0309-reasoning', 12_500, 2_000, 25_000, 6],
  ['grok-4.20-0309-non-reasoning', 12_500, 2_000, 25_000, 4],
  ['grok-4-fast-reasoning', 2_000, 500, 5_000, 3],
  ['grok-code-fast-1', 2_000, 200, 15_000, 2],
  ['grok-3-mini', 3_000, 750, 5_000, 1],
  ['grok-3', 30_000, 7_500, 150_000, 1],
  ['grok-4-0709', 30_000, 7_500, 150_000, 1],
] as const
const REQUESTERS = 400
const TOKENS = ['production', 'staging', 'batch']

interface Failure {
  status: number
  outcome: Outcome
  code: string
  text: string
}

const FAILURES: readonly Failure[] = [
  {
    status: 429,
    outcome: 'upstream_refused',
    code: 'Some resource has been exhausted',
    text: 'Too many tokens for team. Tokens per Minute (actual/limit): 65605/16000',
  },
  {
    status: 400,
    outcome: 'upstream_refused',
    code: 'invalid-argument',
    text: "This model's maximum prompt length is 500000 but the request contains 637815 tokens.",
  },
  {
    status: 503,
    outcome: 'upstream_refused',
    code: 'The service is currently unavailable',
    text: 'Service temporarily unavailable. The model did not respond to this request.',
  },
  {
    status: 504,
    outcome: 'upstream_timeout',
    code: 'upstream_timeout',
    text: 'Cannot reach xAI: no answer within 900 s',
  },
  {
    status: 401,
    outcome: 'refused',
    code: 'provider_key_missing',
    text: 'Cannot call xAI: this account has no xAI key saved',
  },
]

/** Requests like those of a busy account: by day more than by night, some failing, some given up. */
export function* madeUpRequests(accountId: string, shape: Shape): Generator<MadeUpRow> {
  const random = seeded(shape.seed)
  const hours = shape.days * 24
  const startMs = Math.floor(shape.endMs / 3_600_000) * 3_600_000 - hours * 3_600_000
  const weights = Array.from({ length: hours }, (_, hour) => weightOf(hour))
  const total = weights.reduce((sum, weight) => sum + weight, 0)
  let made = 0
  let due = 0
  for (const [hour, weight] of weights.entries()) {
    due += (weight / total) * shape.rows
    const count = (hour === hours - 1 ? shape.rows : Math.round(due)) - made
    for (let index = 0; index < count; index++) {
      const atMs = startMs + hour * 3_600_000 + Math.floor((index / count) * 3_600_000)
      yield madeUp(accountId, atMs, made + index, random)
    }
    made += count
  }
}

/** Of an hour: few at night, fewer on two days of seven, a little more each week. */
function weightOf(hour: number): number {
  const ofDay = 0.25 + Math.max(0, Math.sin(((hour % 24) - 5) / 24 / 0.159))
  const isWeekend = Math.floor(hour / 24) % 7 >= 5
  return ofDay * (isWeekend ? 0.4 : 1) * (1 + hour / 3_000)
}

function madeUp(accountId: string, atMs: number, index: number, random: () => number): MadeUpRow {
  const [model, input, cached, output] = pickModel(random())
  const label = random() < 0.1 ? null : `user-${Math.floor(REQUESTERS * random() ** 2.2)}`
  const chance = random()
  const failure = chance < 0.03 ? FAILURES[Math.floor(random() * FAILURES.length)]! : null
  const isGone = chance > 0.985
  const prompt = Math.round(200 + 8_000 * random() ** 3)
  const hit = random() < 0.6 ? Math.floor(prompt * 0.8 * random()) : 0
  const reasoning = random() < 0.5 ? Math.round(600 * random()) : 0
  const answer = Math.round(20 + 900 * random() ** 2) + reasoning
  const ticks = (prompt - hit) * input + hit * cached + answer * output
  const firstByteMs = Math.round(180 + 900 * random() ** 2 + reasoning * 4)
  const counted = failure === null
  const basis = !counted ? 'none' : isGone ? 'estimated' : random() < 0.02 ? 'computed' : 'reported'
  return {
    accountId,
    id: uuidOf(atMs, index),
    atMs,
    tokenId: `seed-${TOKENS[Math.floor(TOKENS.length * random() ** 2)]}`,
    label,
    endpoint: 'chat/completions',
    mode: random() < 0.8 ? 'stored' : 'pass-through',
    requestedModel: model,
    model: counted ? model : null,
    redirected: 0,
    status: failure?.status ?? 200,
    outcome: failure?.outcome ?? (isGone ? 'client_gone' : 'complete'),
    streamed: random() < 0.7 ? 1 : 0,
    inputTokens: counted ? prompt : null,
    cachedTokens: counted ? hit : null,
    outputTokens: counted ? answer : null,
    reasoningTokens: counted ? reasoning : null,
    toolCalls: null,
    costTicks: counted ? ticks : null,
    costBasis: basis,
    computedTicks: counted ? ticks : null,
    savedTicks: counted ? hit * (input - cached) : null,
    countedTicks: null,
    textBytes: prompt * 4,
    ownMs: random() < 0.02 ? 12 : 1,
    firstByteMs: counted ? firstByteMs : null,
    totalMs: counted ? firstByteMs + answer * 9 : Math.round(60 + 200 * random()),
    errorCode: failure?.code ?? null,
    errorText: failure?.text ?? null,
    responseId: counted ? uuidOf(atMs, index + 1) : null,
    upstreamRequestId: uuidOf(atMs, index + 2),
    colo: 'ZRH',
    traceContext: null,
    // A conversation of a requester takes a few hours.
    session: label === null || index % 3 === 0 ? null : `${label}/${Math.floor(atMs / 14_400_000)}`,
    tags: index % 2 === 0 ? JSON.stringify(tagsOf(index)) : null,
    times: 1,
  }
}

const FEATURES = ['search', 'chat', 'summaries', 'support']

const tagsOf = (index: number): Record<string, string> => ({
  feature: FEATURES[(index >> 1) % FEATURES.length]!,
  version: `2.${(index >> 3) % 3}`,
})

const WEIGHT = MODELS.reduce((sum, model) => sum + model[4], 0)

function pickModel(chance: number): (typeof MODELS)[number] {
  let left = chance * WEIGHT
  for (const model of MODELS) if ((left -= model[4]) < 0) return model
  return MODELS[0]
}

/** A UUIDv7 whose random part is a number, so that ids of one moment are in order and differ. */
function uuidOf(atMs: number, index: number): string {
  const time = atMs.toString(16).padStart(12, '0')
  return `${time.slice(0, 8)}-${time.slice(8)}-7000-8000-${index.toString(16).padStart(12, '0')}`
}
