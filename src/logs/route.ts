import { Hono, type Context } from 'hono'
import * as z from 'zod'
import type { SignedIn } from '../sessions/middleware.ts'
import { refusalResponse } from '../error-response.ts'
import { isRefusal } from '../errors.ts'
import { readInput } from '../input.ts'
import { listTokens } from '../tokens/store.ts'
import { EXPORT_PAGE_ROWS, exportStream, FORMATS, type Format } from './export.ts'
import { requestFilter, toQuery } from './filter.ts'
import { presentRequest } from './present.ts'
import { findRequest, listRequests } from './store.ts'

const NOT_A_LIMIT = 'use a whole number from 1 to 100'
/** A page of the list. */
export const pageInput = requestFilter.extend({
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
  const input = readInput(pageInput, toQuery(c.req.queries()))
  if (isRefusal(input)) return refusalResponse(input)
  const { accountId } = c.get('member')
  const { limit, cursor, ...filter } = input
  const [found, names] = await Promise.all([
    listRequests(c.env.LEDGER, accountId, filter, limit, cursor),
    tokenNames(c.env, accountId),
  ])
  return c.json({
    requests: found.requests.map((row) => presentRequest(row, names)),
    nextCursor: found.nextCursor,
  })
})

requestRoutes.get('/:id', async (c) => {
  const { accountId } = c.get('member')
  const row = await findRequest(c.env.LEDGER, accountId, c.req.param('id'))
  if (row === null)
    return refusalResponse({ reason: 'not_found', what: 'this request in your account' })
  return c.json(presentRequest(row, await tokenNames(c.env, accountId)))
})

/** Everything that the filter lets through, as a file. */
export const exportRoute =
  (format: Format) =>
  async (c: Context<SignedIn>): Promise<Response> => {
    const filter = readInput(requestFilter, toQuery(c.req.queries()))
    if (isRefusal(filter)) return refusalResponse(filter)
    const { accountId } = c.get('member')
    const names = await tokenNames(c.env, accountId)
    const body = exportStream(format, names, (cursor) =>
      listRequests(c.env.LEDGER, accountId, filter, EXPORT_PAGE_ROWS, cursor),
    )
    const day = new Date().toISOString().slice(0, 10)
    return c.body(body, 200, {
      'content-type': FORMATS[format].type,
      'content-disposition': `attachment; filename="metrion-requests-${day}.${format}"`,
    })
  }

async function tokenNames(
  env: SignedIn['Bindings'],
  accountId: string,
): Promise<Map<string, string>> {
  return new Map((await listTokens(env, accountId)).map((token) => [token.id, token.name]))
}
