// The shapes of what the budgets API returns.
import * as z from 'zod'
import { count, moment } from '../../http/fields.ts'
import { ACTIONS, METERS, SCOPES, WHEN_UNAVAILABLE, WINDOWS } from '../budget.ts'

const amount = (about: string) => z.number().describe(`${about}, in the unit of the meter`)

const valueState = z.object({
  value: z
    .string()
    .nullable()
    .describe('Null: the whole account; empty: requests without a requester'),
  spent: amount('Spent in the running window'),
  reserved: amount('Reserved for running requests'),
  leased: amount('What isolates may use by themselves'),
  unaccounted: amount('The part of both of which nothing has been heard for minutes'),
  limit: amount('The limit now, with a temporary increase'),
  windowStart: moment,
  resetsAt: moment.nullable().describe('Null: never'),
  running: count.describe('Running requests'),
  mostOver: amount('By at most so much could the limit have been exceeded in this window'),
})

export const budgetAnswer = z.object({
  id: z.string(),
  name: z.string(),
  scope: z.object({
    kind: z.enum(SCOPES),
    value: z.string().nullable().describe('Null: each value its own, or the account'),
  }),
  meter: z.enum(METERS).describe('cost is in ticks: 1 USD = 10,000,000,000 ticks'),
  window: z.enum(WINDOWS).describe('By the calendar of the account’s time zone'),
  limit: count,
  thresholds: z.array(z.int()).describe('In percent of the limit'),
  action: z.enum(ACTIONS).describe('What happens at the limit'),
  whenUnavailable: z
    .enum(WHEN_UNAVAILABLE)
    .describe('What happens if the budget cannot be checked'),
  increase: z.object({ by: count, until: moment }).nullable().describe('A temporary increase'),
  available: z
    .boolean()
    .describe('False: what is spent cannot be told now, or the deployment has no budgets'),
  state: z.array(valueState).describe('The values with the most spent, 100 at most'),
})

export const budgetsAnswer = z.object({ budgets: z.array(budgetAnswer) })
