// A stand-in for management-api.x.ai: as documented, proto3 JSON that leaves out zeros and empty lists.
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Team } from './management-team.ts'

export interface ScriptedManagement {
  url: string
  close: () => Promise<void>
}

const HOUR_MS = 3_600_000
const TIME = /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/
const MOST_DAYS = 31

class Refused extends Error {
  readonly status: number
  constructor(status: number, message: string) {
    super(message)
    this.status = status
  }
}

const refuse = (status: number, message: string): never => {
  throw new Refused(status, message)
}

async function bodyOf(request: IncomingMessage): Promise<unknown> {
  const parts: Buffer[] = []
  for await (const part of request as AsyncIterable<Buffer>) parts.push(part)
  const text = Buffer.concat(parts).toString('utf8')
  return text === '' ? null : (JSON.parse(text) as unknown)
}

/** PUT /team/ID with a Team; GET /asked/ID lists the bodies of what was asked. */
export async function startManagement(): Promise<ScriptedManagement> {
  const teams = new Map<string, Team>()
  const asked = new Map<string, unknown[]>()

  async function answer(request: IncomingMessage): Promise<unknown> {
    const { method, url: path = '/' } = request
    const control = /^\/(team|asked)\/(.+)$/.exec(path)
    const name = decodeURIComponent(control?.[2] ?? '')
    if (control?.[1] === 'team') {
      teams.set(name, (await bodyOf(request)) as Team)
      return {}
    }
    if (control) return asked.get(name) ?? []
    const [, id = '', rest] = /^\/v1\/billing\/teams\/([^/]+)\/(.+)$/.exec(path) ?? []
    const team = teams.get(decodeURIComponent(id))
    const key = /^Bearer (.+)$/.exec(request.headers.authorization ?? '')?.[1]
    if (key === undefined) return refuse(401, 'Missing management key')
    if (!team || key !== team.key) return refuse(403, `Management key ${key} has no access to team`)
    const body = await bodyOf(request)
    asked.set(decodeURIComponent(id), [
      ...(asked.get(decodeURIComponent(id)) ?? []),
      { rest, body },
    ])
    if (team.fault?.delayMs) await sleep(team.fault.delayMs)
    if (team.fault?.status) return refuse(team.fault.status, 'The service is unavailable')
    if (method === 'GET' && rest === 'postpaid/invoice/preview') return team.invoice
    if (method === 'POST' && rest === 'usage') return usage(team, body)
    return refuse(404, 'Not Found')
  }

  const server = createServer((request, response) => {
    void answer(request).then(
      (body) => response.setHeader('content-type', 'application/json').end(JSON.stringify(body)),
      (error: unknown) => {
        const status = error instanceof Refused ? error.status : 400
        // gRPC's form.
        response
          .writeHead(status, { 'content-type': 'application/json' })
          .end(JSON.stringify({ code: 7, message: (error as Error).message, details: [] }))
      },
    )
  })
  server.keepAliveTimeout = 0
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

interface Analytics {
  timeRange?: { startTime?: string; endTime?: string; timezone?: string }
  timeUnit?: string
  values?: { name?: string; aggregation?: string }[]
  groupBy?: string[]
  filters?: string[]
}

const KNOWN = ['timeRange', 'timeUnit', 'values', 'groupBy', 'filters']

const timeOf = (text: string | undefined): number =>
  TIME.test(text ?? '')
    ? Date.parse(`${text!.replace(' ', 'T')}Z`)
    : refuse(400, `Invalid time ${String(text)}`)

/** The start of each hour of a request, which is checked as a strict server would. */
function checked(body: unknown): { hours: number[]; filters: string[] } {
  const { analyticsRequest: asked, ...others } = (body ?? {}) as { analyticsRequest?: Analytics }
  if (!asked || Object.keys(others).length > 0) return refuse(400, 'analyticsRequest is required')
  const unknown = Object.keys(asked).find((name) => !KNOWN.includes(name))
  if (unknown) return refuse(400, `Unknown field ${unknown}`)
  const { timeRange = {}, timeUnit, values = [], groupBy = [], filters = [] } = asked
  if (timeRange.timezone !== 'Etc/GMT') return refuse(400, 'This server plays Etc/GMT alone')
  if (timeUnit !== 'TIME_UNIT_HOUR') return refuse(400, 'This server plays hours alone')
  const [value] = values
  if (values.length !== 1 || value?.name !== 'usd' || value.aggregation !== 'AGGREGATION_SUM')
    return refuse(400, 'This server plays the sum of usd alone')
  if (groupBy.join() !== 'model') return refuse(400, 'This server groups by model alone')
  const fromMs = timeOf(timeRange.startTime)
  const beforeMs = timeOf(timeRange.endTime)
  if (!(fromMs < beforeMs) || beforeMs - fromMs > MOST_DAYS * 24 * HOUR_MS)
    return refuse(400, 'Invalid time range')
  const count = Math.ceil((beforeMs - fromMs) / HOUR_MS)
  const hours = Array.from({ length: count }, (_, index) => fromMs + index * HOUR_MS)
  return {
    hours,
    filters: filters.map(
      (one) => /^api_key_id:(.+)$/.exec(one)?.[1] ?? refuse(400, `Unknown filter ${one}`),
    ),
  }
}

/** Dense series: every hour of the range is there for each model; a zero is a value that is left out. */
function usage(team: Team, body: unknown): object {
  const { hours, filters } = checked(body)
  const visible = (team.usage ?? []).filter(
    ({ keyId, fromMs = 0 }) => fromMs <= Date.now() && filters.every((one) => one === keyId),
  )
  const models = [...new Set(visible.map(({ model }) => model))].slice(0, team.fault?.mostModels)
  const timeSeries = models.map((model) => ({
    group: [model],
    groupLabels: [model],
    dataPoints: hours
      .filter((hourMs) => !(team.holes ?? []).includes(hourMs))
      .map((hourMs) => {
        const usd = visible
          .filter((one) => one.model === model && one.hourMs === hourMs)
          .reduce((sum, one) => sum + one.usd, 0)
        const timestamp = new Date(hourMs).toISOString().replace('.000', '')
        return usd === 0 ? { timestamp } : { timestamp, values: [usd] }
      }),
  }))
  return {
    ...(timeSeries.length > 0 ? { timeSeries } : {}),
    ...(team.fault?.mostModels ? { limitReached: true } : {}),
  }
}
