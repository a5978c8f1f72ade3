// npm run screenshots: every page, light and dark, wide and narrow, into dist/screenshots.
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Browser, Page } from 'playwright-core'
import { localPaths, startLocal } from '../../src/cli/local.ts'
import { startXai } from '../xai/server.ts'
import { addAuthenticator, openBrowser } from './browser.ts'

const FOLDER = 'dist/screenshots'
const WIDTHS = [1440, 390]
const THEMES = ['light', 'dark'] as const

const state = await mkdtemp(join(tmpdir(), 'metrion-shots-'))
const xai = await startXai()
const worker = await startLocal({
  port: 8797,
  xaiBaseUrl: xai.url,
  vars: { SIGNUP: 'open' },
  ...localPaths(state),
})
const browser = await openBrowser()
try {
  await mkdir(FOLDER, { recursive: true })
  await tour(browser, worker.url, worker.code ?? '')
} finally {
  await browser.close()
  await worker.stop()
  await xai.close()
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
  await page.goto(`${url}/join?code=nonsense`)
  await shoot('join-dead')
  await page.goto(`${url}/join?code=${code}`)
  await shoot('join')
  await page.getByLabel('Your name').fill('Ada Lovelace')
  await page.getByRole('button', { name: 'Go on' }).click()
  await shoot('integrate-empty')
  await page.locator('#key').fill('xai-bad-0123456789')
  await page.getByRole('button', { name: 'Try and save' }).click()
  await page.getByRole('alert').waitFor()
  await shoot('integrate-refused')
  await page.locator('#key').fill('xai-shots-0123456789')
  await page.getByRole('button', { name: 'Try and save' }).click()
  await page.waitForURL('**/integrate?notice=saved')
  await shoot('integrate-waiting')
  const token = (await page.locator('#token').textContent()) ?? ''
  await fetch(`${url}/api/proxy/grok/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'x-metrion-user': 'ada' },
    body: '{"model":"grok-4.3","messages":[{"role":"user","content":"Hello!"}]}',
  })
  await page.locator('[data-arrived]').waitFor()
  await page.getByText('Show the token').click()
  await shoot('integrate-arrived')
  await addAuthenticator(page)
  await page.goto(`${url}/settings`)
  await shoot('settings-empty')
  await page.getByLabel('Name of the new passkey').fill('My laptop')
  await page.getByRole('button', { name: 'Add a passkey' }).click()
  await page.waitForURL('**/settings?notice=added')
  await page.getByText('Change', { exact: true }).click()
  await page.getByText('Show and change first token').click()
  await shoot('settings-full')
  await page.getByRole('button', { name: 'Invite a member' }).click()
  await shoot('settings-invited')
  await page.goto(`${url}/settings`)
  await page.getByLabel('Currency').selectOption('EUR')
  await page.getByLabel('Rate: units for 1 USD').fill('a lot')
  await page.locator('form[action="/settings/account"] button').click()
  await page.getByRole('alert').waitFor()
  await shoot('settings-refused')
  await page.getByLabel('Rate: units for 1 USD').fill('0.8642')
  await page.getByLabel('Day of that rate').fill('2026-11-24')
  await page.locator('form[action="/settings/account"] button').click()
  await page.goto(`${url}/integrate`)
  await shoot('integrate-currency')
  await page.goto(`${url}/health`)
  await shoot('health')
  await page.goto(`${url}/settings/audit`)
  await shoot('audit')
  await page.goto(`${url}/nowhere`)
  await shoot('not-found')
  await context.close()
}

async function shootAll(page: Page, name: string): Promise<void> {
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
