import { readFile } from 'node:fs/promises'
import type { Locator, Page } from 'playwright-core'
import { expect, test } from 'vitest'
import { watchForTrouble } from './browser.ts'
import { comeIn, invitationUrl, useBrowser, workerUrl } from './world.ts'

const { newPage } = useBrowser()
const MOST = 3

interface Asked {
  page: Page
  token: string
  /** Counts what a person clicks for one question. */
  click: (target: Locator) => Promise<void>
  ask: (question: string) => Promise<void>
}

/** An account with requests of two people, of which some failed, in a session and with tags. */
async function open(): Promise<Asked> {
  const page = await newPage()
  await comeIn(page, invitationUrl(), 'Ada')
  const token = (await page.locator('#token').textContent()) ?? ''
  await page.locator('#key').fill('xai-browser-key-0123456789')
  await page.getByRole('button', { name: 'Test and save' }).click()
  await page.waitForURL('**/integrate?notice=saved')
  const who = ['ada', 'ada', 'grace']
  for (const [index, user] of [...who, ...who].entries()) {
    const answered = await fetch(`${workerUrl}/api/proxy/grok/chat/completions`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${token}`,
        'x-metrion-user': user,
        'x-metrion-session': 'the report',
        'x-metrion-tags': `feature=${index % 2 ? 'search' : 'chat'},version=2`,
      },
      body: JSON.stringify({
        model: index === 4 ? 7 : 'grok-4.3',
        messages: [{ role: 'user', content: 'Hello' }],
      }),
    })
    await answered.text()
  }
  let clicks = 0
  let asked = ''
  const ask = async (question: string): Promise<void> => {
    clicks = 0
    asked = question
    await page.goto(`${workerUrl}/dashboard`)
  }
  const click = async (target: Locator): Promise<void> => {
    clicks++
    expect({ asked, clicks, isFew: clicks <= MOST }).toEqual({ asked, clicks, isFew: true })
    await target.click()
  }
  return { page, token, click, ask }
}

/** The class of what a click on the middle of an element meets. */
const metAt = (element: Element): string | undefined => {
  element.scrollIntoView({ block: 'center' })
  const { x, y, width, height } = element.getBoundingClientRect()
  return document.elementFromPoint(x + width / 2, y + height / 2)?.className
}

const rangeOf = (page: Page, name: string): Locator =>
  page.getByRole('navigation', { name: 'Time range' }).getByText(name, { exact: true })
const tableOf = (page: Page, name: string): Locator => page.getByRole('region', { name })
const sidebar = (page: Page, name: string): Locator =>
  page.getByRole('navigation', { name: 'Pages' }).getByRole('link', { name })

test('every question of an owner takes three clicks or fewer', async () => {
  const { page, token, click, ask } = await open()
  const trouble = watchForTrouble(page)

  await ask('who spent most yesterday')
  await click(rangeOf(page, 'Yesterday'))
  await page.waitForURL(/range=yesterday/)

  await ask('who spent most today, and on what')
  await click(rangeOf(page, 'Today'))
  await page.waitForURL(/range=today/)
  const requesters = tableOf(page, 'Requesters')
  expect(await requesters.locator('tbody th').allTextContents()).toEqual(['ada', 'grace'])
  await click(requesters.getByRole('link', { name: 'ada', exact: true }))
  await tableOf(page, 'Models').getByRole('link', { name: 'grok-4.3' }).waitFor()

  await ask('why did this day cost so much')
  await click(page.getByText('Data table'))
  await click(page.locator('#cost-numbers tbody th a').last())
  await page.waitForURL(/from=.*to=/)
  await click(tableOf(page, 'Requesters').locator('tbody td a').first())
  await page.waitForURL('**/logs?*')
  await page.locator('table.log tbody tr').first().waitFor()

  await ask('this month against last, by model, requester and token')
  await click(rangeOf(page, 'This month'))
  await page.waitForURL(/range=month/)
  for (const name of ['Models', 'Requesters', 'Tokens'])
    expect(await tableOf(page, name).locator('thead').textContent()).toMatch(/Before.*Change/)

  for (const [heading, sort] of [
    ['Cost', 'cost'],
    ['First byte', 'firstByte'],
    ['Duration', 'duration'],
  ] as const) {
    await ask(`the first requests of this week by ${heading}`)
    await click(rangeOf(page, 'This week'))
    await page.waitForURL(/range=week/)
    await click(page.locator('.tile').first().getByRole('link'))
    await page.waitForURL('**/logs?*')
    await click(page.getByRole('columnheader', { name: heading }).getByRole('link'))
    await page.waitForURL(new RegExp(`sort=${sort}`))
    await page.locator('th[aria-sort="descending"]').waitFor()
  }

  await ask('why a request failed, and how many failed so')
  await click(page.getByRole('navigation', { name: 'Sections' }).getByText('Errors'))
  await page.waitForURL('**/dashboard/errors?*')
  const kind = tableOf(page, 'By status and code').locator('tbody tr').first()
  expect(await kind.textContent()).toContain('1')
  await click(kind.locator('td.number a').first())
  await page.waitForURL('**/logs?*')
  expect(await page.locator('.error-text').first().textContent()).toMatch(/\w/)
  // The link that covers the row is what a click on the message meets.
  const failed = page.locator('table.log tbody tr').first()
  await expect.poll(() => failed.locator('.error-text').evaluate(metAt)).toBe('row-link')
  await click(failed.locator('.row-link'))
  await page.waitForURL(/\/logs\/[0-9a-f-]{36}$/)

  await ask('one person’s week as a file')
  await click(rangeOf(page, 'This week'))
  await page.waitForURL(/range=week/)
  await click(tableOf(page, 'Requesters').locator('tbody tr').first().locator('td a').first())
  await page.waitForURL(/requester=ada/)
  const downloading = page.waitForEvent('download')
  await click(page.getByRole('link', { name: 'CSV' }))
  const csv = await readFile(await (await downloading).path(), 'utf8')
  expect(
    csv
      .trim()
      .split('\r\n')
      .slice(1)
      .every((line) => line.includes(',ada,')),
  ).toBe(true)

  await ask('which token leaked')
  await click(page.getByRole('button', { name: 'Search' }))
  await page.getByRole('combobox', { name: 'Search' }).fill(token.slice(-4))
  await click(page.getByRole('option').first())
  await page.waitForURL('**/tokens/*')
  expect(await page.locator('h1').textContent()).toContain(token.slice(-4))

  await ask('what a conversation costs')
  await click(sidebar(page, 'Sessions'))
  await page.waitForURL('**/sessions')
  await click(page.getByRole('link', { name: 'the report' }))
  await page.getByText('Cost so far').waitFor()

  await ask('what a feature, or a version, costs')
  await click(sidebar(page, 'Sessions'))
  await page.waitForURL('**/sessions')
  await click(page.getByRole('navigation', { name: 'Sections' }).getByText('Tags'))
  await page.waitForURL('**/sessions/tags?*')
  await click(page.getByRole('navigation', { name: 'Tags' }).getByText('version'))
  await page.getByRole('heading', { name: 'Cost by version' }).waitFor()

  await ask('is today normal')
  await click(rangeOf(page, 'Today'))
  await page.waitForURL(/range=today/)
  expect(await page.locator('[data-partial]').count()).toBe(1)
  expect(await page.locator('.lead').first().textContent()).toContain('compared with')
  expect(trouble).toEqual([])
}, 120_000)

test('a view that was shared opens after signing in, and one that was saved with a click', async () => {
  const { page, click, ask } = await open()
  await ask('save a view')
  await page.goto(`${workerUrl}/logs?requester=ada&range=7d&sort=cost`)
  await click(page.getByText('Views', { exact: true }))
  await page.getByLabel('View name').fill('Dear requests of Ada')
  await click(page.getByRole('button', { name: 'Save view' }))
  await page.waitForURL('**/logs?requester=ada&range=7d&sort=cost')
  await ask('open a saved view')
  await click(page.getByText('Views', { exact: true }))
  await click(page.getByRole('link', { name: 'Dear requests of Ada' }))
  await page.waitForURL('**/logs?requester=ada&range=7d&sort=cost')
  await page.context().clearCookies()
  await page.goto(page.url())
  await page.waitForURL(/sign-in\?to=%2Flogs%3Frequester%3Dada/)
})

test('charts by keyboard, by dragging, and as files', async () => {
  const { page } = await open()
  const trouble = watchForTrouble(page)
  await page.goto(`${workerUrl}/dashboard?range=24h`)
  const canvas = page.locator('#cost-title').locator('xpath=ancestor::section').locator('canvas')
  await canvas.focus()
  for (let presses = 0; presses < 24; presses++) await page.keyboard.press('ArrowRight')
  const live = page.locator('.chart [aria-live]').first()
  expect(await live.textContent()).toMatch(/so far: .*grok-4\.3 \$0\.00/)
  await page.keyboard.press('Enter')
  await page.waitForURL(/from=.*to=/)

  await page.goto(`${workerUrl}/dashboard?range=24h&compare=on`)
  await canvas.scrollIntoViewIfNeeded()
  const box = (await canvas.boundingBox())!
  const y = box.y + box.height / 2
  await page.mouse.move(box.x + box.width * 0.4, y)
  await page.mouse.down()
  await page.mouse.move(box.x + box.width * 0.7, y, { steps: 5 })
  await page.locator('.selection').waitFor()
  await page.mouse.up()
  await page.waitForURL(/from=.*to=/)
  const { searchParams } = new URL(page.url())
  const hours =
    (Date.parse(searchParams.get('to')!) - Date.parse(searchParams.get('from')!)) / 3_600_000
  expect(hours).toBeGreaterThan(4)
  expect(hours).toBeLessThan(12)

  await page.goto(`${workerUrl}/dashboard?range=24h`)
  const fileOf = async (name: string): Promise<Buffer> => {
    const downloading = page.waitForEvent('download')
    await page.locator(`[data-chart-file="${name}"]`).first().click()
    return readFile(await (await downloading).path())
  }
  const csv = (await fileOf('csv')).toString('utf8').trim().split('\r\n')
  expect(csv[0]).toBe('step,grok-4.3,no model')
  expect(csv).toHaveLength(25)
  expect(Number(csv.at(-1)!.split(',').at(-2))).toBeGreaterThan(0)
  expect((await fileOf('png')).subarray(1, 4).toString()).toBe('PNG')
  expect(trouble).toEqual([])
}, 120_000)
