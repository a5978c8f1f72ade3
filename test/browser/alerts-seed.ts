import type { Page } from 'playwright-core'
import { runCron } from '../../src/cli/local.ts'
import { CRONS } from '../../src/ledger/crons.ts'

/** Channels, of which one fails, and rules that tell something at once. */
export async function seedAlerts(
  page: Page,
  { url, hooks }: { url: string; hooks: string },
): Promise<void> {
  const send = async (path: string, data: object): Promise<void> => {
    const response = await page.request.post(`${url}${path}`, { data, headers: { origin: url } })
    if (!response.ok()) throw new Error(await response.text())
  }
  const plan = (name: string, step: string): Promise<unknown> =>
    fetch(`${hooks}/hook/${name}`, { method: 'PUT', body: JSON.stringify([step]) })
  await plan('operations', 'ok')
  await plan('broken', 'error')
  await send('/api/v1/channels', {
    name: 'Operations',
    kind: 'webhook',
    target: `${hooks}/hook/operations`,
  })
  await send('/api/v1/channels', { name: 'Chat', kind: 'slack', target: `${hooks}/hook/broken` })
  const channels = (await (await page.request.get(`${url}/api/v1/channels`)).json()) as {
    channels: { id: string; name: string }[]
  }
  const chat = channels.channels.find(({ name }) => name === 'Chat')!
  for (let attempt = 0; attempt < 5; attempt++) await send(`/api/v1/channels/${chat.id}/test`, {})
  const ada = { kind: 'model', value: 'grok-4.3' }
  await send('/api/v1/alerts', { kind: 'error_rate', threshold: 20, minimum: 5 })
  await send('/api/v1/alerts', { kind: 'volume', threshold: 15, scope: ada, hours: 24 })
  await send('/api/v1/alerts', { kind: 'error_count', threshold: 5 })
  await send('/api/v1/alerts', { kind: 'ledger' })
  await runCron(url, CRONS.often)
  await new Promise((resolve) => void setTimeout(resolve, 3_000))
}
