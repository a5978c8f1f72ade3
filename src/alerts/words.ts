import { conditionTitle } from '../reports/health/conditions.ts'
import { localTime } from '../http/zone.ts'
import { count } from '../http/format.ts'
import type { ScopeKind } from '../spend/budget.ts'
import type { Facts, FactKind } from './facts.ts'
import { figureOf } from './figures.ts'

/** What the words of a message need besides its facts. */
export interface Reader {
  /** The account's time zone. */
  zone: string
  /** Names of tokens by their ids. */
  names: ReadonlyMap<string, string>
}

export interface Words {
  title: string
  /** What crossed which line. */
  text: string
  advice: string
}

type Teller = (facts: Facts, reader: Reader) => Words

const moment = (ms: number, { zone }: Reader): string =>
  `${localTime(ms, zone).slice(0, 16)} (${zone})`

const valueName = (kind: ScopeKind, value: string, { names }: Reader): string => {
  if (kind === 'token') return `the token ${names.get(value) ?? value}`
  if (value === '') return kind === 'requester' ? 'requests without a requester' : 'no model'
  return `the ${kind} ${value}`
}

/** " of the token Production"; '' for the account. */
const whose = ({ scope: { kind, value } }: Facts, reader: Reader): string =>
  kind === 'account' || value === null ? '' : ` of ${valueName(kind, value, reader)}`

const figure = ({ unit, value }: Facts): string =>
  unit === null || value === null ? '' : figureOf(unit, value)
const line = ({ unit, limit }: Facts): string =>
  unit === null || limit === null ? '' : figureOf(unit, limit)

const period = ({ fromMs, toMs }: Facts, reader: Reader): string =>
  fromMs === null || toMs === null
    ? ''
    : ` from ${moment(fromMs, reader)} to ${moment(toMs, reader)}`

const isOver = ({ level }: Facts): boolean => level === 'over'

/** A number of requests has its unit in its name. */
const amounts = (facts: Facts): [string, string] =>
  facts.unit === 'requests'
    ? [count(facts.value ?? 0), count(facts.limit ?? 0)]
    : [figure(facts), line(facts)]

/** The parts of a rule that compares a figure with a threshold. */
const compared =
  (what: string, advice: string): Teller =>
  (facts, reader) => {
    const [now, limit] = amounts(facts)
    const about = `${what}${whose(facts, reader)}`
    if (isOver(facts))
      return {
        title: `Over: ${about} is back to ${now}`,
        text: `${about} is ${now}, which is no longer near the threshold of ${limit}.`,
        advice: 'Nothing has to be done.',
      }
    const warning = facts.level === 'warning' ? '; a warning is sent at 90% of it' : ''
    return {
      title: `${about} is ${now} (threshold ${limit})`,
      text: `${about}${period(facts, reader)} is ${now}. The threshold is ${limit}${warning}.`,
      advice,
    }
  }

const budget: Teller = (facts, reader) => {
  const { percent = 0, resetsAtMs, action } = facts.detail
  const about = `The budget “${facts.name}”${whose(facts, reader)}`
  const reset =
    resetsAtMs == null
      ? 'The budget never resets.'
      : `The budget resets at ${moment(resetsAtMs, reader)}.`
  const then =
    percent >= 100
      ? {
          stop: 'New requests are refused, and running streams stopped.',
          refuse: 'New requests are refused.',
        }[action ?? '']
      : undefined
  return {
    title: `${about} has reached ${percent}%: ${figure(facts)} of ${line(facts)}`,
    text: [
      `${about} has used ${figure(facts)} of ${line(facts)}, and so reached ${percent}%.`,
      then,
      reset,
    ]
      .filter(Boolean)
      .join(' '),
    advice:
      percent >= 100
        ? 'Raise the limit or add a temporary increase under Limits, if the spending is wanted.'
        : 'Look at the requests, and raise the limit under Limits if the spending is wanted.',
  }
}

const forecast: Teller = (facts, reader) => {
  const words = compared(
    'The forecast for the month',
    'Look at what has grown, or set a budget under Limits that holds.',
  )(facts, reader)
  if (isOver(facts)) return words
  const { spent } = facts.detail
  const [now, limit] = [figure(facts), line(facts)]
  const already = spent === undefined ? '' : ` ${figureOf('ticks', spent)} of it is spent already.`
  return {
    ...words,
    title: `At this rate the month ends at ${now} (threshold ${limit})`,
    text: `At this rate, by the weekdays of the last four weeks, the month ends at ${now}. The threshold is ${limit}.${already}`,
  }
}

const spike: Teller = (facts, reader) => {
  const { spent = 0, usual = 0 } = facts.detail
  const [now, often] = [figureOf('ticks', spent), figureOf('ticks', usual)]
  if (isOver(facts))
    return {
      title: `Over: spending is back to ${now} an hour`,
      text: `The hour${period(facts, reader)} costs ${now}; the same hour usually costs ${often}.`,
      advice: 'Nothing has to be done.',
    }
  return {
    title: `Unusual spending: ${now} in an hour that usually costs ${often}`,
    text: `The hour${period(facts, reader)} costs ${now}; the same hour usually costs ${often}. The threshold is ${line(facts)} the usual.`,
    advice: 'Look at the requests. If a token has leaked, rotate or disable it under Settings.',
  }
}

const modelChange: Teller = ({ detail: { requestedModel = '', model = null } }) =>
  model === null
    ? {
        title: `xAI no longer lists ${requestedModel}`,
        text: `You have used ${requestedModel} within the last week, and xAI’s list of models does not have it any more.`,
        advice: 'Name another model before xAI refuses requests or answers with a dearer one.',
      }
    : {
        title: `${requestedModel} is answered by ${model}`,
        text: `xAI answers requests for ${requestedModel} with ${model}, and bills that model’s price.`,
        advice: 'Compare the prices of both, and name the model that you want.',
      }

const tokenTitle = ({ tokenName, tokenId }: Facts['detail']): string =>
  `The token ${tokenName ?? tokenId ?? ''}`

const tokenExpiry: Teller = ({ detail }, reader) => ({
  title: `${tokenTitle(detail)} expires at ${moment(detail.expiresAtMs ?? 0, reader)}`,
  text: `${tokenTitle(detail)} expires at ${moment(detail.expiresAtMs ?? 0, reader)}. Requests with it are refused from then on.`,
  advice: 'Rotate the token, or give it a later end, on its page under Settings.',
})

const tokenUnused: Teller = ({ detail, limit }) => ({
  title: `${tokenTitle(detail)} has not been used for ${limit} days`,
  text: `No request has come with it for ${limit} days.`,
  advice: 'Revoke it under Settings if nobody needs it: it can still spend.',
})

const condition =
  (title: string, advice: string): Teller =>
  (facts) => {
    const { text = '' } = facts.detail
    return isOver(facts)
      ? { title: `Over: ${text}`, text: `This is over: ${text}`, advice: 'Nothing has to be done.' }
      : { title: `${title}: ${conditionTitle(facts.detail.conditionId ?? '')}`, text, advice }
  }

const test: Teller = ({ name }) => ({
  title: `Test of the channel “${name}”`,
  text: 'Metrion can reach this channel. Alerts will look like this one.',
  advice: 'Nothing has to be done.',
})

/** A kind without words does not compile. */
const TELLERS: Record<FactKind, Teller> = {
  budget,
  forecast,
  spike,
  error_rate: compared(
    'The error rate',
    'Open the failed requests: their error codes say what xAI refuses.',
  ),
  error_count: compared(
    'The number of errors',
    'Open the failed requests: their error codes say what xAI refuses.',
  ),
  latency: compared(
    'The p95 of the time to the first byte',
    'See which model is slow, and whether prompts have grown.',
  ),
  volume: compared(
    'The number of requests',
    'See who sends them, and limit the token’s requests a minute if they are not wanted.',
  ),
  credit: compared('The credit at xAI', 'Buy credit in xAI’s console before requests are refused.'),
  model_change: modelChange,
  price_drift: condition(
    'Price difference',
    'Update Metrion: costs that xAI does not report itself come from its price table.',
  ),
  token_expiry: tokenExpiry,
  token_unused: tokenUnused,
  ledger: condition('Ledger', 'Open the Health page: it says what to do.'),
  test,
}

export const wordsOf: Teller = (facts, reader) => TELLERS[facts.kind](facts, reader)
