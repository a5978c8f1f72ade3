import { figureOf } from '../../alerts/figures.ts'
import { LEVELS, type Level, type Told } from '../../alerts/levels.ts'
import type { ChannelKind } from '../../alerts/channels/kinds.ts'
import { KINDS, type RuleKind } from '../../alerts/rules/kinds.ts'
import type { StatedRule } from '../../alerts/rules/rule.ts'
import { some } from '../../http/format.ts'
import type { Names } from '../limits/words.ts'

export const CHANNEL_TITLES: Record<ChannelKind, string> = {
  webhook: 'Webhook (signed, JSON)',
  slack: 'Slack or Discord',
  email: 'E-mail',
}

export const TARGET_WORDS: Record<
  ChannelKind,
  { label: string; placeholder: string; hint: string }
> = {
  webhook: {
    label: 'URL',
    placeholder: 'https://hooks.example.org/metrion',
    hint: 'Metrion sends JSON by POST, signed as Standard Webhooks says. The secret is shown once.',
  },
  slack: {
    label: 'URL of the incoming webhook',
    placeholder: 'https://hooks.slack.com/services/…',
    hint: 'Slack: create an incoming webhook. Discord: create a webhook, and add /slack to its URL.',
  },
  email: {
    label: 'E-mail address',
    placeholder: 'ops@example.org',
    hint: 'Cloudflare sends to addresses that are verified in the domain’s Email Routing alone.',
  },
}

export const LEVEL_TITLES: Record<Told, string> = {
  warning: 'Warning',
  alert: 'Alert',
  over: 'Over',
}
export const LEVEL_BADGES: Record<Told, string> = { warning: 'warn', alert: 'bad', over: '' }

const HOURS_WORDS = (hours: number): string =>
  hours === 1 ? 'in an hour' : hours === 168 ? 'in a week' : `in ${hours} hours`

/** "the account", "the token Production". */
export function scopeWords({ kind, value }: StatedRule['scope'], names: Names): string {
  if (kind === 'account' || value === null) return 'the whole account'
  return `the ${kind} ${kind === 'token' ? (names.get(value) ?? value) : value}`
}

/** A rule as one sentence: "Above 10% in an hour, from 20 requests on; for the model grok-4.3." */
export function ruleWords(rule: StatedRule, names: Names): string {
  const { threshold, minimum, isScoped, isBelow } = KINDS[rule.kind]
  const parts = [
    threshold && rule.threshold !== null
      ? `${thresholdWords(rule.kind, isBelow)} ${figureOf(threshold.unit, rule.threshold)}`
      : null,
    rule.hours === null ? null : HOURS_WORDS(rule.hours),
    minimum && rule.minimum !== null && rule.minimum > 0
      ? `from ${figureOf(minimum.unit, rule.minimum)} on`
      : null,
    isScoped ? `for ${scopeWords(rule.scope, names)}` : null,
  ].filter((part) => part !== null)
  const text = parts.join(', ')
  return text === '' ? KINDS[rule.kind].about : `${text[0]!.toUpperCase()}${text.slice(1)}.`
}

function thresholdWords(kind: RuleKind, isBelow = false): string {
  if (isBelow) return 'below'
  if (kind === 'token_expiry') return 'within'
  if (kind === 'token_unused') return 'after'
  return 'above'
}

/** The gravest level that is open, for any subject of a rule. */
export function openLevel({ states }: StatedRule): Level | null {
  const open = Object.values(states).map((state) => state.open)
  return LEVELS.toReversed().find((level) => open.includes(level)) ?? null
}

/** "2 alerts, 1 warning". */
export function countWords(levels: readonly Told[]): string {
  const parts = (['alert', 'warning', 'over'] as const).flatMap((level) => {
    const number = levels.filter((one) => one === level).length
    if (number === 0) return []
    return [level === 'over' ? `${number} × over again` : some(number, level)]
  })
  return parts.length === 0 ? 'nothing' : parts.join(', ')
}
