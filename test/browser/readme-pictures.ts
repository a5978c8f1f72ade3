import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { command } from '../../src/cli/command.ts'
import { queryD1 } from '../../src/cli/d1.ts'
import { startLocal } from '../../src/cli/local.ts'
import { localPaths } from '../../src/cli/paths.ts'
import { ledgerFile, seedLedger } from '../bench/seed.ts'
import { signIn } from '../e2e/operator.ts'
import { freePort } from '../free-port.ts'
import { startXai } from '../xai/server.ts'
import { openBrowser } from './browser.ts'

const USAGE = `npm run readme-pictures
  Takes the pictures of the README: the dashboard of two months of made-up requests, light and dark.`

const FOLDER = 'docs/images'
const SIZE = { width: 1440, height: 940 }
const BUDGET = {
  name: 'All spending',
  scope: { kind: 'account' },
  meter: 'cost',
  window: 'month',
  limit: 2_000_000_000_000,
  action: 'stop',
}

async function take(): Promise<void> {
  const state = await mkdtemp(join(tmpdir(), 'metrion-readme-'))
  const xai = await startXai()
  // The name of the session's cookie has the port in it.
  const port = await freePort()
  const start = () =>
    startLocal({
      port,
      xaiBaseUrl: xai.url,
      ...localPaths(state),
      onLog: () => {},
    })
  let worker = await start()
  const operator = await signIn(worker.url, worker.code ?? '', 'Ada Lovelace')
  await operator.call('PUT', '/provider-keys/grok', { key: 'xai-readme-0123456789' })
  await worker.stop()

  const [accounts = []] = await queryD1(
    { kind: 'local', stateDir: state },
    'DB',
    'SELECT id FROM accounts',
  )
  const shape = { rows: 60_000, days: 60, endMs: Date.now(), seed: 7 }
  seedLedger(ledgerFile(state), String(accounts[0]!['id']), shape)
  worker = await start()
  await operator.call('POST', '/budgets', BUDGET)
  const browser = await openBrowser()
  try {
    await mkdir(FOLDER, { recursive: true })
    for (const colorScheme of ['light', 'dark'] as const) {
      const context = await browser.newContext({ colorScheme, viewport: SIZE })
      const [name = '', value = ''] = operator.cookie.split('=')
      await context.addCookies([{ name, value, url: worker.url }])
      const page = await context.newPage()
      await page.goto(`${worker.url}/dashboard?range=30d`)
      await page.locator('canvas').first().waitFor()
      await page.getByText(BUDGET.name).first().waitFor()
      await page.waitForTimeout(1_000)
      await page.screenshot({ path: `${FOLDER}/dashboard-${colorScheme}.png` })
      await context.close()
    }
  } finally {
    await browser.close()
    await worker.stop()
    await xai.close()
    await rm(state, { recursive: true, force: true })
  }
}

await command({ usage: USAGE }, take)
