import { Hono } from 'hono'
import { refusalResponse } from '../../http/refusal-response.ts'
import { isRefusal } from '../../http/refusals.ts'
import { readQuery } from '../requests/filter.ts'
import type { Reading } from '../../credentials/api-tokens/middleware.ts'
import { tokenNames } from '../../credentials/tokens/names-store.ts'
import { timeQuery } from '../usage/input.ts'
import { presentFailures } from './present.ts'
import { readFailures } from './store.ts'

export const failureRoutes = new Hono<Reading>()

failureRoutes.get('/', async (c) => {
  const query = readQuery(timeQuery, c.req.queries())
  if (isRefusal(query)) return refusalResponse(query)
  const accountId = c.get('accountId')
  const [failures, names] = await Promise.all([
    readFailures(c.env.LEDGER, accountId, query),
    tokenNames(c.env, accountId),
  ])
  return c.json(presentFailures(query, failures, names))
})
