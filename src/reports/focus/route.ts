import type { Context } from 'hono'
import { recordAudit } from '../../audit/store.ts'
import type { Reading } from '../../credentials/api-tokens/middleware.ts'
import { tokenNames } from '../../credentials/tokens/names-store.ts'
import { refusalResponse } from '../../http/refusal-response.ts'
import { isRefusal } from '../../http/refusals.ts'
import { readQuery } from '../requests/filter.ts'
import { readPeriods } from '../usage/granularity-store.ts'
import { focusQuery } from './input.ts'
import { focusStream } from './store.ts'

const day = (ms: number): string => new Date(ms).toISOString().slice(0, 10)

/** `GET usage.focus.csv`: costs as FOCUS 1.2 has them. */
export async function focusRoute(c: Context<Reading>): Promise<Response> {
  const input = readQuery(focusQuery, c.req.queries())
  if (isRefusal(input)) return refusalResponse(input)
  const id = c.get('accountId')
  const [names, account, periods] = await Promise.all([
    tokenNames(c.env, id),
    c.env.DB.prepare('SELECT name FROM accounts WHERE id = ?1').bind(id).first<{ name: string }>(),
    readPeriods(c.env.LEDGER, id, input),
  ])
  const reader = { accountId: id, name: c.get('readerName') }
  await recordAudit(c.env.DB, reader, 'export.made', 'FOCUS', Date.now())
  const { model, requester, token } = input
  const body = focusStream(
    c.env.LEDGER,
    { id, name: account?.name ?? id, tokenNames: names },
    { ...periods, model, requester, token },
  )
  const { fromMs, beforeMs } = input
  return c.body(body, 200, {
    'content-type': 'text/csv; charset=utf-8',
    'content-disposition': `attachment; filename="metrion-focus-${day(fromMs)}-${day(beforeMs - 1)}.csv"`,
  })
}
