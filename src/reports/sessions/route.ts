import { Hono } from 'hono'
import type { Reading } from '../../credentials/api-tokens/middleware.ts'
import { refusalResponse } from '../../http/refusal-response.ts'
import { isRefusal } from '../../http/refusals.ts'
import { readQuery } from '../requests/filter.ts'
import { presentSession } from './present.ts'
import { sessionsInput } from './input.ts'
import { listSessions } from './store.ts'

export const sessionSumRoutes = new Hono<Reading>()

sessionSumRoutes.get('/', async (c) => {
  const input = readQuery(sessionsInput, c.req.queries())
  if (isRefusal(input)) return refusalResponse(input)
  const { sessions, ...page } = await listSessions(c.env.LEDGER, c.get('accountId'), input)
  return c.json({ sessions: sessions.map(presentSession), ...page })
})
