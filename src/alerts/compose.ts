import type { Basis, Cause, Content } from './content.ts'
import type { Facts } from './facts.ts'
import { basisWords, percentOf } from './figures.ts'
import { pathOf } from './link.ts'
import { wordsOf, type Reader } from './words.ts'

/** What the ledger says about a figure. */
export interface Findings {
  causes: readonly Omit<Cause, 'name'>[]
  basis: Basis | null
}

const BY = { requester: 'requester', model: 'model', token: 'token' } as const

function causeName({ by, key }: Omit<Cause, 'name'>, { names }: Reader): string {
  if (by === 'token') return names.get(key) ?? key
  if (key === '') return by === 'requester' ? 'no requester' : 'no model'
  return key.trim()
}

/** "By requester: anna 62%, bob 20%." */
function causeWords(causes: readonly Cause[]): string[] {
  return Object.keys(BY).flatMap((by) => {
    const own = causes.filter((cause) => cause.by === by)
    if (own.length === 0) return []
    const list = own.map(({ name, share }) => `${name} ${percentOf(share)}`)
    return [`By ${by}: ${list.join(', ')}.`]
  })
}

/** How sure a figure is. */
function sureWords({ kind, unit }: Facts, basis: Basis | null): string[] {
  if (kind === 'forecast') return ['A forecast is an estimate from past weeks.']
  if (kind === 'latency') return ['It comes from a histogram, and is right within 10%.']
  if (unit === 'ticks' && basis !== null) return [basisWords(basis)]
  if (kind === 'spike' && basis !== null) return [basisWords(basis)]
  if (kind === 'credit') return ['It is the figure of xAI’s running invoice.']
  // The account's object counts for budgets, and is corrected by the ledger.
  if (kind === 'budget')
    return ['The ledger does not have these requests yet.'].filter(() => basis === null)
  if (unit === 'requests' || unit === 'percent' || unit === 'tokens')
    return ['The figure is counted from the ledger.']
  return []
}

const HELD_BACK = 'There are many alerts in this hour: further ones are only on the Alerts page.'

/** Puts facts into words. `position`: the message's place among those of its hour. */
export function compose(
  facts: Facts,
  findings: Findings,
  reader: Reader,
  { position, most }: { position: number; most: number },
): Content {
  const { title, text, advice } = wordsOf(facts, reader)
  const causes = findings.causes.map((cause) => ({ ...cause, name: causeName(cause, reader) }))
  return {
    title,
    text: [
      text,
      ...sureWords(facts, findings.basis),
      ...causeWords(causes),
      ...(position === most ? [HELD_BACK] : []),
    ],
    advice,
    path: pathOf(facts),
    causes,
    basis: findings.basis,
    isHeldBack: position > most,
  }
}
