import { expect, test } from 'vitest'
import { api, fetchWorker, makeAccount } from '../world.ts'

const account = await makeAccount()

async function told(path: string): Promise<{ status: number; text: string }> {
  const response = path.startsWith('/api/v1')
    ? await api(account, 'GET', path.replace('/api/v1', ''))
    : await fetchWorker(path, { headers: { cookie: account.cookie, accept: 'text/html' } })
  const text = (await response.text()).replaceAll('&quot;', '"').replaceAll('\\"', '"')
  return { status: response.status, text }
}

const RANGE = 'from=2026-11-01T00:00:00Z&to=2026-11-02T00:00:00Z'
const PLACES = [
  '/logs?',
  '/dashboard?',
  '/dashboard/errors?',
  '/dashboard/latency?',
  '/api/v1/requests?',
  '/api/v1/requests.csv?',
  '/api/v1/requests.ndjson?',
  `/api/v1/usage?${RANGE}&`,
  `/api/v1/usage.focus.csv?${RANGE}&`,
  `/api/v1/latency?${RANGE}&`,
  `/api/v1/errors?${RANGE}&`,
]

test.each(PLACES)(
  '%s: an unknown parameter is refused, with the one that was meant',
  async (place) => {
    expect((await told(place.slice(0, -1))).status).toBe(200)
    for (const [query, meant] of [
      ['requestor=ada', 'requester'],
      ['modle=grok-4.3', 'model'],
      ['Token=a', 'token'],
    ] as const) {
      const { status, text } = await told(place + query)
      expect([status, text]).toEqual([400, expect.stringContaining(`did you mean "${meant}"?`)])
      expect(text).toContain(query.split('=')[0])
    }
    const far = await told(`${place}utm_campaign=autumn`)
    expect([far.status, far.text]).toEqual([400, expect.stringContaining('no such parameter')])
    expect(far.text).not.toContain('did you mean')
  },
)

test.each([
  '/logs?from=2026-11-01T00:00:00Z&from=2026-11-02T00:00:00Z',
  '/logs?costAbove=1&costAbove=2',
  '/dashboard?range=7d&range=24h',
  '/dashboard/errors?by=model&by=token',
  '/api/v1/requests?limit=1&limit=2',
  `/api/v1/usage?${RANGE}&groupBy=model&groupBy=requester`,
  `/api/v1/errors?${RANGE}&interval=hour&interval=day`,
])('%s: one value is not sent twice', async (path) => {
  const { status, text } = await told(path)
  expect([status, text]).toEqual([400, expect.stringContaining('send it once')])
})

test('several ranges are none', async () => {
  const { status, text } = await told('/logs?range=7d&range=24h')
  expect([status, text]).toEqual([400, expect.stringContaining('use one of 1h')])
})

test('several values of a filter, and the empty fields of a form, are taken', async () => {
  expect((await told('/dashboard?model=a&model=b&requester=&from=&to=')).status).toBe(200)
  expect((await told('/logs?model=a&model=b')).status).toBe(200)
  expect((await told('/api/v1/requests?model=a&model=b&q=&q=word')).status).toBe(200)
})
