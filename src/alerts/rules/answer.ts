// The shapes of what the alerts API returns.
import * as z from 'zod'
import { moment } from '../../http/fields.ts'
import { LEVELS } from '../levels.ts'
import { RULE_KINDS, UNITS } from './kinds.ts'
import { RULE_SCOPES } from './rule.ts'

export const ruleAnswer = z.object({
  id: z.string(),
  name: z.string(),
  kind: z.enum(RULE_KINDS),
  scope: z.object({
    kind: z.enum(RULE_SCOPES),
    value: z.string().nullable().describe('The id of a token, or a model. Null: the account'),
  }),
  threshold: z.number().nullable().describe('A warning is sent at 90% of it, an alert at 100%'),
  unit: z.enum(UNITS).nullable().describe('The unit of the threshold'),
  hours: z.number().nullable().describe('The number of hours that are looked at'),
  minimum: z
    .number()
    .nullable()
    .describe('With fewer requests, or less spent (ticks), nothing is told'),
  channels: z.array(z.string()).nullable().describe('Ids of channels. Null: all'),
  createdAt: moment,
  state: z
    .array(
      z.object({
        subject: z.string(),
        open: z.enum(LEVELS).nullable().describe('What was told and is not over'),
        warningAt: moment.nullable(),
        alertAt: moment.nullable(),
        overAt: moment.nullable(),
      }),
    )
    .describe('What the rule has told last'),
})

export const rulesAnswer = z.object({ alerts: z.array(ruleAnswer) })
