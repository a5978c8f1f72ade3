import * as z from 'zod'
import { nameInput } from '../../input-text.ts'
import { optionalEmail, personName } from '../../accounts/input.ts'
import type { Currency } from '../../web/money.ts'

export const CURRENCIES = ['USD', 'EUR', 'CHF', 'GBP'] as const

const MICROS = 1_000_000

/** What somebody calls themselves, and the address to be known by. */
export const aboutMe = z.object({ name: personName, email: optionalEmail })

const rate = z
  .string()
  .trim()
  .regex(/^\d{1,4}([.,]\d{1,6})?$/, 'use a number such as 0.8642')
  .transform((text) => Math.round(Number(text.replace(',', '.')) * MICROS))
  .refine((micros) => micros > 0, 'use a rate above 0')

/** The account's settings, as its form sends them. */
export const accountSettings = z
  .object({
    name: nameInput('give the account a name', 100).min(1, 'give the account a name'),
    currency: z.enum(CURRENCIES, `use one of ${CURRENCIES.join(', ')}`),
    rate: z.string().default(''),
    rateDate: z.string().default(''),
    keepAlive: z.literal('on').optional(),
    clientSecrets: z.literal('on').optional(),
  })
  .transform(({ name, currency, keepAlive, clientSecrets, ...typed }, context) => {
    const settings = {
      name,
      currency,
      keepAlive: keepAlive === 'on',
      clientSecrets: clientSecrets === 'on',
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

export interface AccountSettings extends Currency {
  name: string
  keepAlive: boolean
  clientSecrets: boolean
}
