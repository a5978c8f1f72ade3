import { Hono } from 'hono'
import { refusalResponse } from '../../http/refusal-response.ts'
import { isRefusal } from '../../http/refusals.ts'
import { readOutstanding } from '../../ledger/async-jobs/store.ts'
import { readQuery } from '../requests/filter.ts'
import { readRedirects } from './redirects-store.ts'
import type { Reading } from '../../credentials/api-tokens/middleware.ts'
import { fitToSums } from './granularity-store.ts'
import { timeQuery, usageQuery } from './input.ts'
import { presentLatency, presentUsage } from './present.ts'
import { MOST_CELLS } from './sql.ts'
import { BOTH, readUsage } from './store.ts'

export const usageRoutes = new Hono<Reading>()

usageRoutes.get('/usage', async (c) => {
  const input = readQuery(usageQuery, c.req.queries())
  if (isRefusal(input)) return refusalResponse(input)
  const [ledger, accountId] = [c.env.LEDGER, c.get('accountId')]
  const query = await fitToSums(ledger, accountId, input)
  const [usage, redirects, outstanding] = await Promise.all([
    readUsage(ledger, accountId, query),
    readRedirects(ledger, accountId, query),
    readOutstanding(ledger, accountId, query),
  ])
  if (usage.count > MOST_CELLS) {
    const problem = `use a longer interval, a shorter range or a filter: these are more than ${MOST_CELLS} sums`
    return refusalResponse({ reason: 'parameter_invalid', param: 'groupBy', problem })
  }
  return c.json(presentUsage(query, usage, { redirects, outstanding }))
})

usageRoutes.get('/latency', async (c) => {
  const input = readQuery(timeQuery, c.req.queries())
  if (isRefusal(input)) return refusalResponse(input)
  const [ledger, accountId] = [c.env.LEDGER, c.get('accountId')]
  const query = await fitToSums(ledger, accountId, input)
  const usage = await readUsage(ledger, accountId, query, { latencies: BOTH })
  return c.json(presentLatency(query, usage))
})
