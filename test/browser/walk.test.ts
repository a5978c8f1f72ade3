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

/** Where links lead: a request, a token, and the pages that ask before they act. */
async function innerPages(page: Page): Promise<string[]> {
  const first = async (path: string, link: string): Promise<string> => {
    await page.goto(`${workerUrl}${path}`)
    return (await page.locator(link).first().getAttribute('href')) ?? ''
  }
  const token = await first('/settings/tokens', 'main a[href^="/tokens/"]')
  const id = token.split('/')[2] ?? ''
  return [
    await first('/logs', '.row-link'),
    `/tokens/${id}`,
    `/tokens/${id}/revoke`,
    `/tokens/${id}/regenerate`,
  ]
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
  for (const path of [...PAGES, ...(await innerPages(page))]) {
    await page.setViewportSize({ width: 1280, height: 800 })
    const answered = await page.goto(`${workerUrl}${path}`)
    expect({ path, status: answered?.status() }).toEqual({ path, status: 200 })
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme })
      const rules = colorScheme === 'dark' ? ['color-contrast'] : undefined
      expect({ path, colorScheme, found: await seriousViolations(page, rules) }).toEqual({
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

test('Tab reaches every link and field in order, after a link that skips to the content', async () => {
  const page = await newPage()
  await comeIn(page, invitationUrl(), 'Tabber')
  await send(page, 2)
  for (const path of ['/dashboard?range=24h', '/logs', '/settings/tokens']) {
    await page.goto(`${workerUrl}${path}`, { waitUntil: 'networkidle' })
    const wanted = await page.evaluate(markReachable)
    const reached = new Set<string>()
    for (let times = 0; times < wanted.length + 20; times++) {
      await page.keyboard.press('Tab')
      const at = await page.evaluate(focused)
      if (times === 0) expect(at.text).toBe('Skip to content')
      // A focus that cannot be seen is as bad as none.
      expect({ path, at, isSeen: at.isSeen }).toEqual({ path, at, isSeen: true })
      if (at.mark !== null) reached.add(at.mark)
    }
    expect({ path, missing: wanted.filter((mark) => !reached.has(mark)) }).toEqual({
      path,
      missing: [],
    })
  }
})

/** Numbers what can be clicked or filled in, and is in sight. */
const markReachable = (): string[] =>
  [...document.querySelectorAll('a[href], button, input, select, summary')]
    .filter(
      (one) =>
        one.checkVisibility({ checkVisibilityCSS: true, contentVisibilityAuto: true }) &&
        one.getAttribute('type') !== 'hidden',
    )
    .map((one, index) => {
      one.setAttribute('data-mark', `${index} ${one.textContent.slice(0, 30)}`)
      return `${index} ${one.textContent.slice(0, 30)}`
    })

const focused = (): { text: string; mark: string | null; isSeen: boolean } => {
  const one = document.activeElement
  if (one === null || one === document.body) return { text: '', mark: null, isSeen: true }
  const { outlineStyle, boxShadow } = getComputedStyle(one)
  return {
    text: one.textContent,
    mark: one.getAttribute('data-mark'),
    isSeen: one.matches(':focus-visible') && (outlineStyle !== 'none' || boxShadow !== 'none'),
  }
}

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
