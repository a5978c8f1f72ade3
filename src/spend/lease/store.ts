import type { Caller } from '../../credentials/callers/store.ts'
import type { Background, Env } from '../../env.ts'
import type { Refusal } from '../../http/refusals.ts'
import { Memory } from '../../http/memory.ts'
import { noteUnchecked } from '../unchecked-store.ts'
import type { Amounts } from '../amounts.ts'
import type { Budget } from '../budget.ts'
import type { Estimate } from '../expected.ts'
import { excessOf, linesOf, type Line } from '../lines.ts'
import { sampleKey } from '../object/samples.ts'
import type { Asked, Rates, RateState, Want } from '../protocol.ts'
import { ask, bookOf, reportSoon } from './accounts-store.ts'
import type { Book, Need } from './book.ts'
import { refusalOf } from './refusal.ts'
import { Reservation } from './reservation-store.ts'

/** Who asks, and with what. */
export interface Admission {
  env: Env
  ctx: Background
  caller: Caller
  asked: Asked
  /** What the request is expected to use by what it says, and the most that it can. */
  foreseen: () => Estimate
  /** It takes part in the token's rates. */
  isRated: boolean
}

const EXPECTED_MS = 20_000
/** What requests of a kind use, as the account's object last said. */
const expectations = new Memory<Amounts>(5_000)
const NO_RATES: Rates = { requestsPerMinute: null, tokensPerMinute: null, concurrent: null }

const ratesOf = ({ policy }: Caller): Rates => ({
  requestsPerMinute: policy.requestsPerMinute,
  tokensPerMinute: policy.tokensPerMinute,
  concurrent: policy.concurrent,
})
const hasRates = (rates: Rates): boolean => Object.values(rates).some((limit) => limit !== null)

/** Whether anything of the account's object concerns this caller. Nothing is asked of it otherwise. */
export const isCapped = (caller: Caller): boolean =>
  caller.budgets.length > 0 || hasRates(ratesOf(caller))

/**
 * Admits a request by all budgets and rate limits that apply, from this isolate's leases or by asking the account's
 * object. Null: none applies.
 */
export async function admit(admission: Admission): Promise<Reservation | Refusal | null> {
  const { env, ctx, caller, asked, isRated } = admission
  if (!isCapped(caller)) return null
  const zone = caller.settings.timeZone ?? 'UTC'
  const lines = linesOf(caller.budgets, asked, zone).filter(
    ({ budget }) => budget.action !== 'warn',
  )
  const rates = isRated ? ratesOf(caller) : NO_RATES
  const key = `${caller.accountId} ${sampleKey(asked)}`
  const foreseen = admission.foreseen()
  const { worst, stopping, isExact } = foreseen
  const known = isExact ? undefined : expectations.get(key, asked.atMs)
  const expected = known ?? foreseen.expected
  const book = bookOf(caller.accountId)
  const own = admitLocally(book, lines, { ...foreseen, expected }, rates, asked)
  const reservation = new Reservation({ env, ctx, caller, asked })
  book.count()
  if (own) {
    reservation.admitted(own.held, expected, own.states)
    return reservation
  }
  const want: Want = {
    ...asked,
    expected: foreseen.expected,
    worst,
    stopping,
    isExact,
    rates,
    rateLeft: book.takeRates(asked.tokenId, asked.atMs),
    share: book.share(),
    known: knownOf(caller.budgets),
  }
  const answer = await ask(env, caller.accountId, { want }).catch((error: unknown) => {
    console.error('spend not asked', String(error))
    book.keepRates(asked.tokenId, want.rateLeft)
    return null
  })
  if (answer === null) return unavailable(admission, lines, reservation, expected)
  const nowMs = Date.now()
  if (answer.expected) expectations.set(key, answer.expected, nowMs + EXPECTED_MS)
  if (answer.refused) {
    ctx.waitUntil(reportSoon(env, caller.accountId))
    return refusalOf(answer.refused, false, nowMs)
  }
  if (hasRates(rates)) book.grantRates(asked.tokenId, answer.rateShare, answer.rates, nowMs)
  reservation.admitted(book.grant(answer.grants, nowMs), answer.expected ?? expected, answer.rates)
  return reservation
}

function admitLocally(
  book: Book,
  lines: readonly Line[],
  estimate: Estimate,
  rates: Rates,
  asked: Asked,
): { held: ReturnType<Book['grant']>; states: readonly RateState[] } | null {
  const needs = lines.map((line): Need => {
    const { meter, action, changedAtMs } = line.budget
    const excess = excessOf(estimate, estimate.expected, line)
    const stops = action === 'stop'
    return { line: line.id, meter, amount: estimate.expected[meter], excess, stops, changedAtMs }
  })
  if (hasRates(rates) && !book.rates.mayPass(asked.tokenId, asked.atMs)) return null
  const held = book.admit(needs, asked.atMs)
  if (held === null) return null
  return { held, states: hasRates(rates) ? book.rates.pass(asked.tokenId) : [] }
}

const knownOf = (budgets: readonly Budget[]): Record<string, number> =>
  Object.fromEntries(budgets.map(({ id, changedAtMs }) => [id, changedAtMs]))

/** The object does not answer: the request passes, unless a budget says otherwise. */
function unavailable(
  { env, ctx, caller }: Admission,
  lines: readonly Line[],
  reservation: Reservation,
  expected: Amounts,
): Reservation | Refusal {
  const closed = lines.find(({ budget }) => budget.whenUnavailable === 'closed')
  const by = closed ? { passed: 0, refused: 1 } : { passed: 1, refused: 0 }
  // It may have been granted all the same: that is given back.
  ctx.waitUntil(reportSoon(env, caller.accountId))
  ctx.waitUntil(
    noteUnchecked(env.LEDGER, Date.now(), by).catch((error: unknown) =>
      console.error('unchecked request not noted', String(error)),
    ),
  )
  if (closed) return { reason: 'budget_unavailable', name: closed.budget.name }
  reservation.admitted([], expected, [])
  return reservation
}
