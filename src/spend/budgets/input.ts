import * as z from 'zod'
import { nameInput } from '../../http/input-text.ts'
import { MAX_NAME_BYTES } from '../../http/cut.ts'
import {
  ACTIONS,
  DEFAULT_THRESHOLDS,
  METERS,
  SCOPES,
  WHEN_UNAVAILABLE,
  WINDOWS,
  type ScopeKind,
} from '../budget.ts'

const listed = (values: readonly string[]): string => `use one of ${values.join(', ')}`
const oneOf = <const T extends readonly string[]>(values: T) => z.enum(values, listed(values))

const MOST_LIMIT = Number.MAX_SAFE_INTEGER
const AMOUNT =
  'use an amount from 0 on in the unit of the meter: dollars on the page and ticks in the API, or whole tokens or requests'
const amount = z.int({ error: AMOUNT }).min(1, AMOUNT).max(MOST_LIMIT, AMOUNT)

/** 0: nothing at all. */
const limit = z.int({ error: AMOUNT }).min(0, AMOUNT).max(MOST_LIMIT, AMOUNT)

const MOST_THRESHOLDS = 10
const PERCENT = 'use up to ten whole numbers from 1 to 1000, in percent of the limit'
const thresholds = z
  .array(z.int({ error: PERCENT }).min(1, PERCENT).max(1_000, PERCENT), { error: PERCENT })
  .max(MOST_THRESHOLDS, PERCENT)
  .transform((list) => [...new Set(list)].toSorted((one, other) => one - other))

const VALUE = 'use a text, or null for each value its own'
const scope = z.strictObject(
  {
    kind: oneOf(SCOPES),
    value: z
      .nullable(
        z.string({ error: VALUE }).max(MAX_NAME_BYTES, `use at most ${MAX_NAME_BYTES} characters`),
      )
      .default(null),
  },
  'use an object such as {"kind": "token", "value": "…"}',
)

const increase = z.nullable(
  z.strictObject(
    {
      by: amount,
      until: z.iso
        .datetime({ offset: true, error: 'use a time such as 2027-01-31T00:00:00Z' })
        .transform((text) => Date.parse(text))
        .refine((ms) => ms > Date.now(), 'use a time in the future'),
    },
    'use an object such as {"by": 100, "until": "2027-01-31T00:00:00Z"}, or null',
  ),
)

export const budgetName = nameInput('send a name for the budget', 100).min(
  1,
  'send a name for the budget',
)

const members = {
  name: budgetName,
  scope,
  meter: oneOf(METERS),
  window: oneOf(WINDOWS),
  limit,
  thresholds,
  action: oneOf(ACTIONS),
  whenUnavailable: oneOf(WHEN_UNAVAILABLE),
  increase,
}

/** A model and a token always have a name; `''` is for requests without a requester. */
function checkScope(
  { kind, value }: { kind: ScopeKind; value: string | null },
  context: z.RefinementCtx,
): void {
  const refuse = (message: string): void =>
    context.addIssue({ code: 'custom', path: ['scope', 'value'], message })
  if (kind === 'account' && value !== null) refuse('use null: the account is one value')
  if ((kind === 'token' || kind === 'model') && value === '')
    refuse(
      `use the ${kind === 'token' ? 'id of a token' : 'name of a model'}, or null for each its own`,
    )
}

/** What a budget is made from; what `increase` says is split. */
interface Sent {
  scope?: { kind: ScopeKind; value: string | null } | undefined
  increase?: { by: number; until: number } | null | undefined
}

/** Undefined: it does not change. */
const toFields = <T extends Sent>({ scope: of, increase: more, ...others }: T) => ({
  ...others,
  scope: of?.kind,
  value: of === undefined ? undefined : of.value,
  increaseBy: more === undefined ? undefined : (more?.by ?? null),
  increaseUntilMs: more === undefined ? undefined : (more?.until ?? null),
})

const check = (sent: Sent, context: z.RefinementCtx): void => {
  if (sent.scope) checkScope(sent.scope, context)
}

/** `POST budgets`. */
export const newBudget = z
  .strictObject({
    ...members,
    thresholds: thresholds.default([...DEFAULT_THRESHOLDS]),
    whenUnavailable: members.whenUnavailable.default('open'),
    increase: increase.default(null),
  })
  .superRefine(check)
  .transform(({ scope: of, increase: more, ...others }) => ({
    ...others,
    scope: of.kind,
    value: of.value,
    increaseBy: more?.by ?? null,
    increaseUntilMs: more?.until ?? null,
  }))

/** `PATCH budgets/{id}`: only what changes. */
export const budgetChanges = z
  .strictObject(members)
  .partial()
  .superRefine(check)
  .transform(toFields)
