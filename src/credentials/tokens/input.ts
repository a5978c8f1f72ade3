import * as z from 'zod'
import { nameInput } from '../../http/input-text.ts'
import { DAY_MS } from '../../http/time.ts'
import { rangeOf } from '../policy/addresses.ts'
import { MOST_GRACE_HOURS } from './grace.ts'
import { TOKEN_SCOPES } from './token.ts'

const MOST_PATTERNS = 100
const MOST_CHARACTERS = 200
const MOST_YEARS = 10

const list = z
  .array(z.string().trim().min(1, 'leave out empty entries').max(MOST_CHARACTERS))
  .max(MOST_PATTERNS, `use at most ${MOST_PATTERNS} entries`)

/** Patterns with `*`, each once; null: no limit. */
const patterns = z.nullable(list.transform((all) => [...new Set(all)]))

const ranges = z.nullable(
  list.transform((all, context) =>
    all.flatMap((text) => {
      const range = rangeOf(text)
      if (range !== null) return [range]
      context.addIssue({
        code: 'custom',
        message: `“${text}” is no address; use one such as 203.0.113.7, or a range such as 203.0.113.0/24`,
      })
      return []
    }),
  ),
)

/** A moment in the future, as ISO 8601, or null. */
const expiry = z.nullable(
  z.iso
    .datetime({ offset: true, error: 'use a time such as 2027-01-31T00:00:00Z, or null' })
    .transform((text) => Date.parse(text))
    .refine((ms) => ms > Date.now(), 'use a time in the future')
    .refine(
      (ms) => ms < Date.now() + MOST_YEARS * 366 * DAY_MS,
      `use a time within ${MOST_YEARS} years`,
    ),
)

const members = {
  scope: z.enum(TOKEN_SCOPES, `use one of ${TOKEN_SCOPES.join(', ')}`),
  expiresAt: expiry,
  disabled: z.boolean({ error: 'use true or false' }),
  models: patterns,
  endpoints: patterns,
  addresses: ranges,
}

export const tokenName = nameInput('send a name for the token', 100).min(
  1,
  'send a name for the token',
)

const toFields = <T extends { expiresAt?: number | null | undefined }>({
  expiresAt,
  ...others
}: T) => ({
  ...others,
  expiresAtMs: expiresAt,
})

/** `POST tokens`: what is left out is as for any new token. */
export const newToken = z
  .strictObject({ name: tokenName, ...z.strictObject(members).partial().shape })
  .transform(toFields)

/** `PATCH tokens/{id}`: only what changes. */
export const tokenChanges = z
  .strictObject({ name: tokenName, ...members })
  .partial()
  .transform(toFields)

const GRACE = `use a whole number of hours from 0 to ${MOST_GRACE_HOURS}`

export const rotation = z.strictObject({
  graceHours: z.int({ error: GRACE }).min(0, GRACE).max(MOST_GRACE_HOURS, GRACE).default(0),
})
