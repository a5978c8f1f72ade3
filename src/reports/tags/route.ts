import { Hono } from 'hono'
import type { Reading } from '../../credentials/api-tokens/middleware.ts'
import { refusalResponse } from '../../http/refusal-response.ts'
import { isRefusal } from '../../http/refusals.ts'
import { readQuery } from '../requests/filter.ts'
import { presentTags } from './present.ts'
import { tagsInput } from './input.ts'
import { readTags } from './store.ts'

export const tagRoutes = new Hono<Reading>()

tagRoutes.get('/', async (c) => {
  const input = readQuery(tagsInput, c.req.queries())
  if (isRefusal(input)) return refusalResponse(input)
  return c.json(presentTags(await readTags(c.env.LEDGER, c.get('accountId'), input)))
})
