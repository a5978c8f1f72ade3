// The types of fields in the API's answers.
import * as z from 'zod'

export const count = z.int().min(0)
export const ticks = z.int().describe('1 USD = 10,000,000,000 ticks')
export const decimal = z
  .string()
  .regex(/^-?\d+\.\d{10}$/)
  .describe('USD, exactly')
export const moment = z.iso.datetime().describe('UTC')

export const errorAnswer = z.object({
  error: z.object({
    message: z.string().describe('What could not be done, and what to do'),
    type: z.string(),
    param: z.string().nullable().describe('The parameter that is wrong'),
    code: z.string().nullable(),
  }),
})
