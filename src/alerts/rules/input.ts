import * as z from 'zod'
import { MAX_NAME_BYTES } from '../../http/cut.ts'
import { nameInput } from '../../http/input-text.ts'
import { HOUR_CHOICES, KINDS, RULE_KINDS, type RuleKind } from './kinds.ts'
import { RULE_SCOPES, type RuleScope } from './rule.ts'

const NAME = 'use a name of at most 100 characters'
const name = nameInput(NAME, 100)

const VALUE = 'use the id of a token, or the name of a model'
const scope = z.strictObject(
  {
    kind: z.enum(RULE_SCOPES, `use one of ${RULE_SCOPES.join(', ')}`),
    value: z
      .nullable(
        z
          .string({ error: VALUE })
          .min(1, VALUE)
          .max(MAX_NAME_BYTES, `use at most ${MAX_NAME_BYTES} characters`),
      )
      .default(null),
  },
  'use an object such as {"kind": "model", "value": "grok-4.3"}',
)

const AMOUNT = 'use a number above 0, in the unit of the kind'
const threshold = z.number({ error: AMOUNT }).positive(AMOUNT)
const hours = z.int({ error: `use one of ${HOUR_CHOICES.join(', ')}` })
const MINIMUM = 'use a whole number from 0 on: requests, or ticks'
const minimum = z.int({ error: MINIMUM }).min(0, MINIMUM)
const channels = z.nullable(
  z
    .array(z.string().max(100), { error: 'use a list of ids of channels, or null for all' })
    .max(50, 'use at most 50 channels'),
)

const kind = z.enum(RULE_KINDS, `use one of ${RULE_KINDS.join(', ')}`)

const members = {
  name,
  scope,
  threshold: z.nullable(threshold),
  hours: z.nullable(hours),
  minimum: z.nullable(minimum),
  channels,
}

/** The parts of a rule that its kind decides on; null or undefined: the default. */
export interface Given {
  kind: RuleKind
  scope: RuleScope
  threshold: number | null
  hours: number | null
  minimum: number | null
}

const refuse = (context: z.RefinementCtx, path: string, message: string): void =>
  context.addIssue({ code: 'custom', path: path.split('.'), message })

/** Refuses what the kind does not have, and what is out of its bounds. */
export function checkRule(given: Given, context: z.RefinementCtx): void {
  const own = KINDS[given.kind]
  const { kind: of, value } = given.scope
  if (!own.isScoped && of !== 'account')
    refuse(context, 'scope', 'this kind is about the whole account')
  if (of === 'account' && value !== null)
    refuse(context, 'scope.value', 'use null: the account is one value')
  if (of !== 'account' && value === null) refuse(context, 'scope.value', VALUE)
  if (own.threshold === null && given.threshold !== null)
    refuse(context, 'threshold', 'this kind has no threshold: use null')
  if (own.threshold !== null && given.threshold === null)
    refuse(context, 'threshold', `send a threshold in ${own.threshold.unit}`)
  if (own.threshold !== null && given.threshold !== null && given.threshold > own.threshold.most)
    refuse(context, 'threshold', `use at most ${own.threshold.most} (${own.threshold.unit})`)
  if (own.hours === null && given.hours !== null)
    refuse(context, 'hours', 'this kind has its own period: use null')
  if (own.hours !== null && !own.hours.includes(given.hours ?? 0))
    refuse(context, 'hours', `use one of ${own.hours.join(', ')}`)
  if (own.minimum === null && given.minimum !== null)
    refuse(context, 'minimum', 'this kind has no minimum: use null')
}

/** What is left out is what the kind has by default. */
export function withDefaults<T extends Omit<Given, 'scope'>>(given: T): T {
  const own = KINDS[given.kind]
  return {
    ...given,
    threshold: given.threshold ?? own.threshold?.byDefault ?? null,
    hours: given.hours ?? own.hours?.[0] ?? null,
    minimum: given.minimum ?? own.minimum?.byDefault ?? null,
  }
}

/** `POST alerts`. */
export const newRule = z
  .strictObject({
    kind,
    name: name.optional(),
    scope: scope.default({ kind: 'account', value: null }),
    threshold: members.threshold.default(null),
    hours: members.hours.default(null),
    minimum: members.minimum.default(null),
    channels: channels.default(null),
  })
  .transform((sent) => ({
    ...withDefaults(sent),
    name: sent.name === undefined || sent.name === '' ? KINDS[sent.kind].title : sent.name,
  }))
  .superRefine(checkRule)

/** `PATCH alerts/{id}`: only what changes. The kind stays. */
export const ruleChanges = z.strictObject(members).partial()
export type RuleChanges = z.output<typeof ruleChanges>
