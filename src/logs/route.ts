import { Hono } from 'hono'
import * as z from 'zod'
import type { SignedIn } from '../sessions/middleware.ts'
import { refusalResponse } from '../error-response.ts'
import { isRefusal } from '../errors.ts'
import { readInput } from '../input.ts'
import { listTokens } from '../tokens/store.ts'
import { presentRequest } from './present.ts'
import { findRequest, listRequests } from './store.ts'

const NOT_A_LIMIT = 'use a whole number from 1 to 100'
const page = z.object({
  limit: z.coerce
    .number(NOT_A_LIMIT)
    .int(NOT_A_LIMIT)
    .min(1, NOT_A_LIMIT)
    .max(100, NOT_A_LIMIT)
    .default(50),
  cursor: z.uuid('use the nextCursor of the page before').nullable().default(null),
})

export const requestRoutes = new Hono<SignedIn>()

requestRoutes.get('/', async (c) => {
  const input = readInput(page, c.req.query())
  if (isRefusal(input)) return refusalResponse(input)
  const { accountId } = c.get('member')
  const [rows, names] = await Promise.all([
    listRequests(c.env.LEDGER, accountId, input.limit + 1, input.cursor),
    tokenNames(c.env, accountId),
  ])
  const shown = rows.slice(0, input.limit)
  return c.json({
    requests: shown.map((row) => presentRequest(row, names)),
    nextCursor: rows.length > input.limit ? (shown.at(-1)?.id ?? null) : null,
  })
})

requestRoutes.get('/:id', async (c) => {
  const { accountId } = c.get('member')
  const row = await findRequest(c.env.LEDGER, accountId, c.req.param('id'))
  if (row === null)
    return refusalResponse({ reason: 'not_found', what: 'this request in your account' })
  return c.json(presentRequest(row, await tokenNames(c.env, accountId)))
})

async function tokenNames(
  env: SignedIn['Bindings'],
  accountId: string,
): Promise<Map<string, string>> {
  return new Map((await listTokens(env, accountId)).map((token) => [token.id, token.name]))
}
