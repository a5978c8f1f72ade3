// The shapes of what the tokens API returns.
import * as z from 'zod'
import { moment } from '../../http/fields.ts'
import { TOKEN_SCOPES } from './token.ts'

const allowed = (what: string) => z.array(z.string()).nullable().describe(`${what}; null: no limit`)

const rate = (what: string) => z.int().nullable().describe(`${what}; null: no limit`)

export const tokenAnswer = z.object({
  id: z.string(),
  name: z.string(),
  lastFour: z.string().describe('The last characters of its secret'),
  scope: z.enum(TOKEN_SCOPES),
  expiresAt: moment.nullable().describe('Null: never'),
  disabled: z.boolean(),
  models: allowed('Patterns of the models that a request may name'),
  endpoints: allowed('Patterns of endpoints'),
  addresses: allowed('CIDR ranges that requests may come from'),
  requestsPerMinute: rate('Requests a minute'),
  tokensPerMinute: rate('Tokens a minute, input and output; counted when a request has ended'),
  concurrent: rate('Requests at the same time'),
  createdAt: moment,
  revokedAt: moment.nullable(),
  formerValidUntil: moment
    .nullable()
    .describe('Until when the secret before the last rotation works; null: there is none'),
})

export const tokensAnswer = z.object({ tokens: z.array(tokenAnswer) })

const secret = z.string().describe('sk-metrion-…, the new secret')

export const newTokenAnswer = tokenAnswer.extend({ token: secret })

export const rotationAnswer = z.object({
  token: secret,
  formerValidUntil: tokenAnswer.shape.formerValidUntil,
})
