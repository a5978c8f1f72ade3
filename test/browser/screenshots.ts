// Takes the pictures of npm run screenshots when it is loaded.
import { joinLink } from '../../src/people/accounts/link.ts'
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Browser, Page } from 'playwright-core'
import { runCron, startLocal } from '../../src/cli/local.ts'
import { localPaths } from '../../src/cli/paths.ts'
import { CRONS } from '../../src/ledger/crons.ts'
import { script } from '../xai/client.ts'
import { events, json, stream } from '../xai/reply.ts'
import { startReceiver } from '../receiver/server.ts'
import { startManagement } from '../xai/management.ts'
import { startXai } from '../xai/server.ts'
import { seedAlerts } from './alerts-seed.ts'
import { playBill, seedMonth } from './bill-seed.ts'
import { addAuthenticator, openBrowser } from './browser.ts'

const FOLDER = 'dist/screenshots'
const WIDTHS = [1440, 390]
const THEMES = ['light', 'dark'] as const
const XAI_KEY = 'xai-shots-0123456789'
const wanted = process.argv.slice(2)

const state = await mkdtemp(join(tmpdir(), 'metrion-shots-'))
const [xai, receiver, management] = [
  await startXai(),
  await startReceiver(),
  await startManagement(),
]
const start = (): ReturnType<typeof startLocal> =>
  startLocal({
    port: 8797,
    xaiBaseUrl: xai.url,
    vars: {
      SIGNUP: 'open',
      CHANNEL_TEST_ORIGINS: receiver.url,
      XAI_MANAGEMENT_URL: management.url,
    },
    ...localPaths(state),
  })
let worker = await start()
const browser = await openBrowser()
try {
  await mkdir(FOLDER, { recursive: true })
  await tour(browser, worker.url, worker.code ?? '')
} finally {
  await browser.close()
  await worker.stop()
  await Promise.all([xai.close(), receiver.close(), management.close()])
  await rm(state, { recursive: true, force: true })
}

async function tour(chromium: Browser, url: string, code: string): Promise<void> {
  const context = await chromium.newContext()
  const page = await context.newPage()
  const shoot = (name: string): Promise<void> => shootAll(page, name)

  await page.goto(`${url}/sign-in`)
  await shoot('sign-in')
  await page.goto(`${url}/sign-up`)
  await shoot('sign-up')
  await page.goto(joinLink(url, 'nonsense'))
  await shoot('join-dead')
  await page.goto(joinLink(url, code))
  await shoot('join')
  await page.getByLabel('Your name').fill('Ada Lovelace')
  await page.getByRole('button', { name: 'Continue' }).click()
  await shoot('integrate-empty')
  await page.locator('#key').fill('xai-bad-0123456789')
  await page.getByRole('button', { name: 'Test and save' }).click()
  await page.getByRole('alert').waitFor()
  await shoot('integrate-refused')
  await page.locator('#key').fill(XAI_KEY)
  await page.getByRole('button', { name: 'Test and save' }).click()
  await page.waitForURL('**/integrate?notice=saved')
  await shoot('integrate-waiting')
  await page.goto(`${url}/logs`)
  await shoot('logs-empty')
  await page.goto(`${url}/dashboard`)
  await shoot('dashboard-empty')
  await page.goto(`${url}/dashboard/errors`)
  await shoot('errors-empty')
  await page.goto(`${url}/dashboard/latency`)
  await shoot('latency-empty')
  await page.goto(`${url}/integrate`)
  const token = (await page.locator('#token').textContent()) ?? ''
  await fetch(`${url}/api/proxy/grok/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'x-metrion-user': 'ada' },
    body: '{"model":"grok-4.3","messages":[{"role":"user","content":"Hello!"}]}',
  })
  await page.locator('[data-arrived]').waitFor()
  await page.getByText('Show token').click()
  await shoot('integrate-arrived')
  await addAuthenticator(page)
  await page.goto(`${url}/settings/tokens`)
  await shoot('settings-tokens')
  await page
    .getByRole('link', { name: /^Limits and usage of/ })
    .first()
    .click()
  await shoot('token')
  await page.goto(`${url}/settings/security`)
  await page.getByLabel('Passkey name').fill('My laptop')
  await page.getByRole('button', { name: 'Add passkey' }).click()
  await page.waitForURL('**/settings/security?notice=added')
  await page.getByText('Change', { exact: true }).click()
  await shoot('settings-security')
  await page.goto(`${url}/settings/tokens`)
  await page.getByText('Show or change first token').click()
  await shoot('settings-token-open')
  await page.getByLabel('API token name').fill('Monthly report')
  await page.getByRole('button', { name: 'Create API token' }).click()
  await shoot('settings-api-token')
  await page.goto(`${url}/settings/people`)
  await page.getByRole('button', { name: 'Invite member' }).click()
  await shoot('settings-people')
  await page.goto(`${url}/settings/data`)
  await shoot('settings-data')
  await page.goto(`${url}/settings`)
  await shoot('settings-account')
  await page.getByLabel('Currency').selectOption('EUR')
  await page.getByLabel('Rate (units per 1 USD)').fill('a lot')
  await page.locator('form[action="/settings/account"] button').click()
  await page.getByRole('alert').waitFor()
  await shoot('settings-refused')
  await page.getByLabel('Rate (units per 1 USD)').fill('0.8642')
  await page.getByLabel('Rate date').fill('2026-11-24')
  await page.locator('form[action="/settings/account"] button').click()
  await page.goto(`${url}/integrate`)
  await shoot('integrate-currency')
  await page.goto(`${url}/limits`)
  await shoot('limits-empty')
  await page.getByRole('link', { name: 'New budget' }).click()
  await page.getByLabel('Name', { exact: true }).fill('Monthly spend')
  await page.getByLabel('Limit', { exact: true }).fill('0.05')
  await page.getByRole('button', { name: 'Preview on last month' }).click()
  await shoot('limits-preview')
  await page.getByRole('button', { name: 'Create budget' }).click()
  await page.waitForURL('**/limits/*?notice=created')
  await addBudgets(page, url)
  await fillLog(url, token)
  await page.goto(`${url}/limits`)
  await shoot('limits')
  await page.getByRole('link', { name: 'Requester a day' }).click()
  await shoot('limits-budget')
  await page.goto(`${url}/dashboard?range=24h&by=requester`)
  await shoot('dashboard-full')
  await page.goto(`${url}/dashboard/errors?range=24h`)
  await shoot('errors-full')
  await page.goto(`${url}/dashboard/latency?range=1h`)
  await shoot('latency-full')
  await page.goto(`${url}/reference`)
  await shoot('reference')
  await page.goto(`${url}/logs`)
  await shoot('logs-full')
  await page.goto(
    `${url}/logs?range=today&sort=cost&columns=status,requester,session,tags,cost,duration`,
  )
  await shoot('logs-sorted')
  await page.goto(`${url}/sessions`)
  await shoot('sessions')
  await page.getByRole('link', { name: 'ada morning' }).click()
  await shoot('session')
  await page.goto(`${url}/sessions/tags`)
  await shoot('tags')
  await page.goto(`${url}/logs?status=4xx&mode=stored&range=24h`)
  await shoot('logs-filtered')
  await page.locator('td.time a').first().click()
  await shoot('request-refused')
  await page.goto(`${url}/logs?model=none-such`)
  await shoot('logs-nothing')
  await page.goto(`${url}/logs?status=2xx`)
  await page.locator('td.time a').first().click()
  await shoot('request')
  await page.goto(`${url}/health`)
  await shoot('health')
  await page.getByRole('button', { name: 'Run the doctor' }).click()
  await page.getByRole('heading', { name: 'Doctor', level: 1 }).waitFor()
  await shoot('doctor')
  await page.goto(`${url}/settings/audit`)
  await shoot('audit')
  await page.goto(`${url}/alerts`)
  await shoot('alerts-empty')
  await page.getByRole('link', { name: 'New rule' }).click()
  await shoot('alerts-kinds')
  await page.getByRole('link', { name: 'Error rate' }).click()
  await shoot('alerts-rule')
  await page.goto(`${url}/alerts/channels/new`)
  await shoot('alerts-channel')
  await seedAlerts(page, { url, hooks: receiver.url })
  await page.goto(`${url}/alerts?preview=on`)
  await shoot('alerts-full')
  await page.goto(`${url}/bill`)
  await shoot('bill-empty')
  await worker.stop()
  await seedMonth(state)
  const managementKey = await playBill(management.url, XAI_KEY, state)
  worker = await start()
  await page.goto(`${url}/settings/security`)
  await page.getByLabel('Management key', { exact: true }).fill(managementKey)
  await page.getByRole('button', { name: 'Test and save' }).click()
  await page.getByText('Management key saved').waitFor()
  await runCron(url, CRONS.often)
  await page.goto(`${url}/bill`)
  await shoot('bill-full')
  await page.goto(`${url}/settings/security`)
  await shoot('settings-management')
  await page.goto(`${url}/nowhere`)
  await shoot('not-found')
  await context.close()
}

/** Budgets of each kind, some of which are nearly used up by `fillLog`. */
async function addBudgets(page: Page, url: string): Promise<void> {
  const budgets = [
    {
      name: 'Requester a day',
      scope: { kind: 'requester', value: null },
      meter: 'cost',
      window: 'day',
      limit: 50_000_000,
    },
    {
      name: 'Requests an hour',
      scope: { kind: 'account', value: null },
      meter: 'requests',
      window: 'hour',
      limit: 1_000,
    },
    {
      name: 'grok-4.3 for ever',
      scope: { kind: 'model', value: 'grok-4.3' },
      meter: 'tokens',
      window: 'lifetime',
      limit: 4_000,
    },
  ]
  for (const budget of budgets)
    await page.request.post(`${url}/api/v1/budgets`, {
      data: { ...budget, action: budget.meter === 'tokens' ? 'warn' : 'stop' },
      headers: { origin: url },
    })
}

/** A log with all that can be in one: several requesters, streams, refusals, a cut answer. */
async function fillLog(url: string, token: string): Promise<void> {
  const send = async (label: string, body: object, conversation = ''): Promise<unknown> => {
    const response = await fetch(`${url}/api/proxy/grok/chat/completions`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${token}`,
        ...(label ? { 'x-metrion-user': label } : {}),
        ...(label ? { 'x-metrion-session': `${label} morning` } : {}),
        'x-metrion-tags': `feature=${label === 'ada' ? 'search' : 'chat'},version=2`,
        ...(conversation ? { 'x-grok-conv-id': conversation } : {}),
      },
      body: JSON.stringify({
        model: 'grok-4.3',
        messages: [{ role: 'user', content: 'Hi' }],
        ...body,
      }),
    })
    return response.text().catch(() => '')
  }
  const refused = await script(
    xai.url,
    json({ code: 'Some resource has been exhausted', error: 'Too many requests for team' }, 429),
  )
  const delta = { model: 'grok-4.3', choices: [{ delta: { content: 'A beginning' } }] }
  const cut = await script(xai.url, stream(events([delta, delta]), { ending: 'cut' }))
  for (const label of ['ada', 'invoice-bot', 'grace@example.org', '', 'nightly-report']) {
    await send(label, {})
    await send(label, { stream: true })
    await send(label, {}, refused)
  }
  await send('ada', { stream: true }, cut)
  await send('', { model: 7 })
}

async function shootAll(page: Page, name: string): Promise<void> {
  if (wanted.length > 0 && !wanted.some((word) => name.startsWith(word))) return
  for (const colorScheme of THEMES) {
    for (const width of WIDTHS) {
      await page.emulateMedia({ colorScheme })
      await page.setViewportSize({ width, height: 900 })
      await page.screenshot({
        path: `${FOLDER}/${name}-${colorScheme}-${width}.png`,
        fullPage: true,
      })
    }
  }
}
