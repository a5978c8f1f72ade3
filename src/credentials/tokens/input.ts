import * as z from 'zod'
import { nameInput } from '../../http/input-text.ts'
import { DAY_MS } from '../../http/time.ts'
import { ENDPOINT_NAMES } from '../../xai/endpoints.ts'
import { rangeOf } from '../policy/addresses.ts'
import { matchesAny } from '../policy/glob.ts'
import { MOST_GRACE_HOURS } from './grace.ts'
import { TOKEN_SCOPES } from './token.ts'

const MOST_ENTRIES = 50
const MOST_CHARACTERS = 200
const MOST_YEARS = 10
// Visible ASCII: what names of models, endpoints and addresses are made of.
const ENTRY = /^[\x21-\x7e]+$/

const LIST = `use a list of 1 to ${MOST_ENTRIES} entries, or null for no limit`

const list = z
  .array(
    z
      .string({ error: LIST })
      .max(MOST_CHARACTERS, `use at most ${MOST_CHARACTERS} characters an entry`)
      .regex(ENTRY, 'leave out empty entries, spaces and letters beyond ASCII'),
    { error: LIST },
  )
  .min(1, LIST)
  .max(MOST_ENTRIES, LIST)
  .transform((all) => [...new Set(all)])

/** Each entry as it is kept; null: it cannot be used, and `problem` says what can. */
const entries = (read: (text: string) => string | null, problem: string) =>
  z.nullable(
    list.transform((all, context) =>
      all.flatMap((text) => {
        const entry = read(text)
        if (entry !== null) return [entry]
        context.addIssue({ code: 'custom', message: `“${text}” ${problem}` })
        return []
      }),
    ),
  )

const patterns = z.nullable(list)

const endpoints = entries(
  (pattern) => (ENDPOINT_NAMES.some((name) => matchesAny([pattern], name)) ? pattern : null),
  'matches no endpoint; use a name of the reference, such as chat/completions or responses*',
)

const ranges = entries(
  rangeOf,
  'is not an IP address; use one such as 203.0.113.7, or a range such as 203.0.113.0/24',
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

const MOST_RATE = 1_000_000_000
const RATE = `use a whole number from 1 to ${MOST_RATE}, or null for no limit`
export const rateLimit = z.nullable(z.int({ error: RATE }).min(1, RATE).max(MOST_RATE, RATE))

const members = {
  scope: z.enum(TOKEN_SCOPES, `use one of ${TOKEN_SCOPES.join(', ')}`),
  expiresAt: expiry,
  disabled: z.boolean({ error: 'use true or false' }),
  models: patterns,
  endpoints,
  addresses: ranges,
  requestsPerMinute: rateLimit,
  tokensPerMinute: rateLimit,
  concurrent: rateLimit,
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
  graceHours: z.int({ error: GRACE }).min(0, GRACE).max(MOST_GRACE_HOURS, GRACE),
})
