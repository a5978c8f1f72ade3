import { expect, test } from 'vitest'
import type { Page } from 'playwright-core'
import { watchForTrouble } from './browser.ts'
import { comeIn, invitationUrl, seriousViolations, useBrowser, workerUrl } from './world.ts'

const { newPage } = useBrowser()

const PAGES = [
  '/dashboard?range=24h',
  '/dashboard/errors?range=24h',
  '/dashboard/latency?range=24h',
  '/logs',
  '/logs?range=24h&sort=cost&columns=status,requester,model,session,tags,cost,duration',
  '/sessions',
  '/sessions/tags',
  '/sessions/detail?session=morning',
  '/limits',
  '/limits/new',
  '/alerts',
  '/alerts/rules/new',
  '/bill',
  '/integrate',
  '/settings',
  '/settings/tokens',
  '/settings/people',
  '/settings/security',
  '/settings/data',
  '/settings/audit',
  '/health',
  '/reference',
]

async function send(page: Page, count: number): Promise<void> {
  await page.goto(`${workerUrl}/integrate`)
  const token = (await page.locator('#token').textContent()) ?? ''
  await page.locator('#key').fill('xai-browser-key-0123456789')
  await page.getByRole('button', { name: 'Test and save' }).click()
  await page.waitForURL('**/integrate?notice=saved')
  for (let index = 0; index < count; index++) {
    const answered = await fetch(`${workerUrl}/api/proxy/grok/chat/completions`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${token}`,
        'x-metrion-user': ['ada', 'a-requester-with-a-rather-long-name@example.org'][index % 2]!,
        'x-metrion-session': 'morning',
        'x-metrion-tags': 'feature=search,version=2.1',
      },
      body: JSON.stringify({
        model: index === 3 ? 7 : 'grok-4.3',
        messages: [{ role: 'user', content: 'Hello' }],
      }),
    })
    await answered.text()
  }
}

/** What reaches beyond the window: the widest elements, by their selectors. */
const beyond = (page: Page): Promise<string[]> =>
  page.evaluate(() => {
    const { document } = globalThis as unknown as { document: Document }
    const width = document.documentElement.clientWidth
    const tables = [...document.querySelectorAll('.scroll')]
      .filter((one) => one.scrollWidth > one.clientWidth + 1)
      .map((one) => `table ${one.getAttribute('aria-label')} ${one.scrollWidth}`)
    if (document.documentElement.scrollWidth <= width) return tables
    return [...document.querySelectorAll('main *')]
      .filter(
        (one) => one.getBoundingClientRect().right > width + 1 && !one.closest('.scroll, pre'),
      )
      .slice(0, 5)
      .map((one) => `${one.tagName} ${one.className} ${one.textContent.slice(0, 40)}`)
      .concat('too wide')
  })

test('every page: nothing serious for axe in both themes, nothing cut at 390 pixels', async () => {
  const page = await newPage()
  const trouble = watchForTrouble(page)
  await comeIn(page, invitationUrl(), 'Walker')
  await send(page, 5)
  for (const path of PAGES) {
    await page.setViewportSize({ width: 1280, height: 800 })
    const answered = await page.goto(`${workerUrl}${path}`)
    expect({ path, status: answered?.status() }).toEqual({ path, status: 200 })
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme })
      expect({ path, colorScheme, found: await seriousViolations(page) }).toEqual({
        path,
        colorScheme,
        found: [],
      })
    }
    expect({ path, beyond: await beyond(page) }).toEqual({ path, beyond: [] })
    await page.setViewportSize({ width: 390, height: 800 })
    await expect
      .poll(() => beyond(page).then((found) => ({ path, found })))
      .toEqual({ path, found: [] })
  }
  expect(trouble).toEqual([])
}, 120_000)

test('the command palette leads to pages, requesters and a request', async () => {
  const page = await newPage()
  await comeIn(page, invitationUrl(), 'Searcher')
  await send(page, 2)
  await page.goto(`${workerUrl}/logs`)
  await page.keyboard.press('Control+k')
  const field = page.getByRole('combobox', { name: 'Search' })
  await field.fill('limi')
  await page.getByRole('option', { name: 'Limits' }).waitFor()
  expect(await seriousViolations(page)).toEqual([])
  await page.keyboard.press('Enter')
  await page.waitForURL('**/limits')
  await page.getByRole('button', { name: 'Search' }).click()
  await field.fill('ada')
  await page.getByRole('option', { name: /^ada/ }).click()
  await page.waitForURL('**/dashboard?requester=ada')
  await page.goto(`${workerUrl}/logs`)
  const href = (await page.locator('td.time a').first().getAttribute('href')) ?? ''
  await page.keyboard.press('Control+k')
  await field.fill(href.split('/').at(-1) ?? '')
  await page.keyboard.press('Enter')
  await page.waitForURL(`**${href}`)
})

test('on a phone the pages fold behind a button, and the state of the account is in sight', async () => {
  const page = await newPage()
  await comeIn(page, invitationUrl(), 'Phone')
  await page.setViewportSize({ width: 390, height: 800 })
  await page.getByRole('link', { name: 'This month' }).waitFor()
  expect(await page.getByRole('link', { name: 'Limits' }).isVisible()).toBe(false)
  await page.getByRole('button', { name: 'Menu' }).click()
  expect(await seriousViolations(page)).toEqual([])
  await page.getByRole('link', { name: 'Limits' }).click()
  await page.waitForURL('**/limits')
})
