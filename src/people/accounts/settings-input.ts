import * as z from 'zod'
import { nameInput } from '../../http/input-text.ts'
import { readZone } from '../../http/zone.ts'
import { optionalEmail, personName } from './input.ts'
import { ACCOUNT_SETTINGS, forEachFlag, type ValuesOf } from '../../credentials/callers/settings.ts'

export const CURRENCIES = ACCOUNT_SETTINGS.currency.values

const MICROS = 1_000_000

/** A member's own name and e-mail address. */
export const aboutMe = z.object({ name: personName, email: optionalEmail })

const rate = z
  .string()
  .trim()
  .regex(/^\d{1,4}([.,]\d{1,6})?$/, 'use a number such as 0.8642')
  .transform((text) => Math.round(Number(text.replace(',', '.')) * MICROS))
  .refine((micros) => micros > 0, 'use a rate above 0')

const NUMBER = 'use a whole number from 1 on, or leave it empty'
const maybeNumber = z
  .string()
  .trim()
  .default('')
  .refine((text) => text === '' || /^[1-9]\d{0,8}$/.test(text), NUMBER)
  .transform((text) => (text === '' ? null : Number(text)))

const timeZone = z
  .string()
  .trim()
  .default('')
  .refine(
    (name) => name === '' || readZone(name) === name,
    'use the name of a time zone, such as Europe/Zurich',
  )
  .transform((name) => (name === '' || name === 'UTC' ? null : name))

const MOST_ORIGINS = 50
// An origin as browsers send it: scheme, host and port (https://www.rfc-editor.org/rfc/rfc6454#section-6.2).
const ORIGIN = /^(\*|[a-z][a-z\d+.-]*:\/\/[^\s/?#@,]+)$/

const origins = z
  .string()
  .default('')
  .transform((typed) => [
    ...new Set(
      typed
        .toLowerCase()
        .split(/[\s,]+/)
        .filter(Boolean),
    ),
  ])
  .superRefine((list, context) => {
    const wrong = list.find((one) => !ORIGIN.test(one))
    if (wrong !== undefined)
      context.addIssue({
        code: 'custom',
        message: `“${wrong.slice(0, 100)}” is no origin; use one such as https://app.example.com, without a path, or *`,
      })
    if (list.length > MOST_ORIGINS || list.some((one) => one.length > 300))
      context.addIssue({ code: 'custom', message: `use at most ${MOST_ORIGINS} origins, or *` })
  })

/** The account's settings, as its form sends them. */
export const accountSettings = z
  .object({
    name: nameInput('give the account a name', 100).min(1, 'give the account a name'),
    currency: z.enum(CURRENCIES, `use one of ${CURRENCIES.join(', ')}`),
    rate: z.string().default(''),
    rateDate: z.string().default(''),
    ...forEachFlag(() => z.literal('on').optional()),
    allowedOrigins: origins,
    timeZone,
    newTokenRequestsPerMinute: maybeNumber,
    newTokenTokensPerMinute: maybeNumber,
    newTokenConcurrent: maybeNumber,
  })
  .transform((form, context) => {
    const { name, currency, rate: typedRate, rateDate } = form
    const typed = { rate: typedRate, rateDate }
    const settings = {
      name,
      currency,
      ...forEachFlag((flag) => form[flag] === 'on'),
      allowedOrigins: form.allowedOrigins,
      timeZone: form.timeZone,
      newTokenRequestsPerMinute: form.newTokenRequestsPerMinute,
      newTokenTokensPerMinute: form.newTokenTokensPerMinute,
      newTokenConcurrent: form.newTokenConcurrent,
    }
    if (currency === 'USD') return { ...settings, rateMicros: null, rateDate: null }
    const read = z.object({ rate, rateDate: z.iso.date('use a day such as 2026-11-24') })
    const result = read.safeParse(typed)
    if (result.success) {
      return { ...settings, rateMicros: result.data.rate, rateDate: result.data.rateDate }
    }
    for (const { message, path } of result.error.issues) {
      context.addIssue({ code: 'custom', message, path: [...path] })
    }
    return z.NEVER
  })

export interface AccountSettings extends ValuesOf<typeof ACCOUNT_SETTINGS> {
  name: string
}
