import { Hono, type Context } from 'hono'
import type { Reading } from '../../credentials/api-tokens/middleware.ts'
import { recordAudit } from '../../audit/store.ts'
import { refusalResponse } from '../../http/refusal-response.ts'
import { isRefusal } from '../../http/refusals.ts'
import { tokenNames } from '../../credentials/tokens/names-store.ts'
import { EXPORT_PAGE_ROWS, exportStream, FORMATS, type Format } from './export.ts'
import { requestFilter, readQuery } from './filter.ts'
import { csvInput, pageInput } from './input.ts'
import { listPage, readPageQuery } from './page-store.ts'
import { presentRequest } from './present.ts'
import { findRequest, listRequests, workOfRequest } from './store.ts'

export const requestRoutes = new Hono<Reading>()

requestRoutes.get('/', async (c) => {
  const input = readPageQuery(pageInput.strict(), c.req.queries())
  if (isRefusal(input)) return refusalResponse(input)
  const accountId = c.get('accountId')
  const [found, names] = await Promise.all([
    listPage(c.env.LEDGER, accountId, input),
    tokenNames(c.env, accountId),
  ])
  const { comparedFromMs } = found
  return c.json({
    requests: found.requests.map((row) => presentRequest(row, names)),
    nextCursor: found.nextCursor,
    ...(input.sort !== 'time' && {
      comparedFrom: comparedFromMs === null ? null : new Date(comparedFromMs).toISOString(),
    }),
  })
})

requestRoutes.get('/:id', async (c) => {
  const accountId = c.get('accountId')
  const row = await findRequest(c.env.LEDGER, accountId, c.req.param('id'))
  if (row === null)
    return refusalResponse({ reason: 'not_found', what: 'this request in your account' })
  const [names, work] = await Promise.all([
    tokenNames(c.env, accountId),
    workOfRequest(c.env.LEDGER, accountId, row),
  ])
  return c.json({ ...presentRequest(row, names), work })
})

const EXPORT_INPUT = { csv: csvInput, ndjson: requestFilter } as const

/** Exports all requests that match the filter, as a file. */
export const exportRoute =
  (format: Format) =>
  async (c: Context<Reading>): Promise<Response> => {
    const input = readQuery(EXPORT_INPUT[format].strict(), c.req.queries())
    if (isRefusal(input)) return refusalResponse(input)
    const { bom, ...filter } = { bom: false, ...input }
    const accountId = c.get('accountId')
    const names = await tokenNames(c.env, accountId)
    const reader = { accountId, name: c.get('readerName') }
    await recordAudit(c.env.DB, reader, 'export.made', format.toUpperCase(), Date.now())
    const body = exportStream(format, bom, names, (cursor) =>
      listRequests(c.env.LEDGER, accountId, filter, EXPORT_PAGE_ROWS, cursor),
    )
    const day = new Date().toISOString().slice(0, 10)
    return c.body(body, 200, {
      'content-type': FORMATS[format].type,
      'content-disposition': `attachment; filename="metrion-requests-${day}.${format}"`,
    })
  }
