import { readFile } from 'node:fs/promises'
import type { Page } from 'playwright-core'
import { expect, test } from 'vitest'
import { watchForTrouble } from './browser.ts'
import { comeIn, invitationUrl, seriousViolations, useBrowser, workerUrl } from './world.ts'

const { newPage, context } = useBrowser()

async function newAccount(page: Page): Promise<string> {
  await comeIn(page, invitationUrl(), 'Ada')
  await page.locator('#key').fill('xai-browser-0123456789')
  await page.getByRole('button', { name: 'Test and save' }).click()
  await page.waitForURL('**/integrate?notice=saved')
  return (await page.locator('#token').textContent()) ?? ''
}

async function send(token: string, label: string, model: unknown = 'grok-4.3'): Promise<void> {
  const response = await fetch(`${workerUrl}/api/proxy/grok/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, ...(label ? { 'x-metrion-user': label } : {}) },
    body: JSON.stringify({ model, messages: [{ role: 'user', content: 'Hi' }] }),
  })
  await response.text()
}

const lines = (page: Page): Promise<number> => page.locator('table.log tbody tr').count()

test('filters combine, a link opens the same view, back and forward work, an export is the list', async () => {
  const page = await newPage()
  const trouble = watchForTrouble(page)
  const token = await newAccount(page)
  await page.getByRole('link', { name: 'Logs' }).click()
  await page.getByText('No requests yet').waitFor()
  expect(await seriousViolations(page)).toEqual([])
  for (const label of ['ada', 'ada', 'grace', '']) await send(token, label)
  await send(token, 'ada', 7)

  await page.getByRole('link', { name: 'Show 5 new requests' }).click()
  await page.locator('table.log').waitFor()
  await expect.poll(() => lines(page)).toBe(5)
  expect(await seriousViolations(page)).toEqual([])

  await page.getByLabel('Requester', { exact: true }).fill('ada')
  await page.getByRole('button', { name: 'Apply', exact: true }).click()
  await page.waitForURL('**/logs?requester=ada')
  await expect.poll(() => lines(page)).toBe(3)
  await page.getByLabel('Status', { exact: true }).selectOption('4xx')
  await page.getByLabel('Time range', { exact: true }).selectOption('24h')
  await page.getByRole('button', { name: 'Apply', exact: true }).click()
  await page.waitForURL(/status=4xx/)
  await expect.poll(() => lines(page)).toBe(1)
  expect(await page.locator('.sums').textContent()).toContain('1 request')
  const shared = page.url()

  await page.goBack()
  await expect.poll(() => lines(page)).toBe(3)
  await page.goForward()
  await expect.poll(() => lines(page)).toBe(1)
  expect(await page.getByLabel('Status', { exact: true }).inputValue()).toBe('4xx')

  const cookies = await context().cookies()
  const elsewhere = await newPage(false)
  await elsewhere.context().addCookies(cookies)
  await elsewhere.goto(shared)
  await expect.poll(() => lines(elsewhere)).toBe(1)

  await page.getByRole('link', { name: 'Remove the filter Status' }).click()
  await expect.poll(() => lines(page)).toBe(3)
  const downloading = page.waitForEvent('download')
  await page.getByRole('link', { name: 'CSV' }).click()
  const csv = await readFile(await (await downloading).path(), 'utf8')
  const listed = await page
    .locator('td.time a')
    .evaluateAll((links) =>
      links.map((link) => (link as unknown as { href: string }).href.split('/').at(-1)),
    )
  expect(
    csv
      .trim()
      .split('\r\n')
      .slice(1)
      .map((line) => line.split(',')[0]),
  ).toEqual(listed)

  await page.locator('td.time a').first().click()
  await page.getByText('Timing').waitFor()
  expect(await page.locator('h1').textContent()).toContain('Rejected by xAI')
  expect(await seriousViolations(page)).toEqual([])
  expect(trouble).toEqual([])
})

test('new requests announce themselves, and what is being read does not move', async () => {
  const page = await newPage()
  const token = await newAccount(page)
  for (let index = 0; index < 3; index++) await send(token, 'ada')
  await page.goto(`${workerUrl}/logs?requester=ada`)
  const first = await page.locator('td.time a').first().getAttribute('href')
  await send(token, 'grace')
  await send(token, 'ada')
  await page.getByRole('link', { name: 'Show 1 new request' }).waitFor()
  await expect.poll(() => lines(page)).toBe(3)
  expect(await page.locator('td.time a').first().getAttribute('href')).toBe(first)
  await page.getByRole('link', { name: 'Show 1 new request' }).click()
  await page.waitForFunction(() => document.querySelectorAll('table.log tbody tr').length === 4)
})

test('times are those of the browser’s clock', async () => {
  const page = await newPage()
  const token = await newAccount(page)
  await send(token, 'ada')
  const url = `${workerUrl}/logs`
  const cookies = (await context().cookies()).filter(({ name }) => name !== 'zone')
  const browser = page.context().browser()!
  const away = await browser.newContext({ timezoneId: 'Asia/Tokyo' })
  await away.addCookies(cookies)
  const there = await away.newPage()
  await there.goto(url)
  await there.getByText('Times are in Asia/Tokyo').waitFor()
  const at = Date.parse((await there.locator('time').first().getAttribute('datetime')) ?? '')
  const tokyo = new Intl.DateTimeFormat('en-US', {
    month: 'short',
    day: 'numeric',
    hour: 'numeric',
    minute: '2-digit',
    second: '2-digit',
    timeZone: 'Asia/Tokyo',
  }).format(at)
  expect(await there.locator('time').first().textContent()).toBe(tokyo)
  await away.close()
})
