import { expect, test } from 'vitest'
import { watchForTrouble } from './browser.ts'
import { comeIn, invitationUrl, seriousViolations, useBrowser, workerUrl } from './world.ts'

const { newPage } = useBrowser()

test('from nothing to a chart whose numbers are the log’s; a requester opens into its own', async () => {
  const page = await newPage()
  const trouble = watchForTrouble(page)
  await comeIn(page, await invitationUrl(), 'Ada')
  await page.locator('#key').fill('xai-browser-0123456789')
  await page.getByRole('button', { name: 'Try and save' }).click()
  await page.waitForURL('**/integrate?notice=saved')
  const token = (await page.locator('#token').textContent()) ?? ''
  await page.getByRole('link', { name: 'Dashboard' }).click()
  await page.getByText('Nothing in this time').waitFor()
  expect(await seriousViolations(page)).toEqual([])

  for (const label of ['ada', 'ada', 'grace']) {
    const response = await fetch(`${workerUrl}/api/proxy/grok/chat/completions`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'x-metrion-user': label },
      body: '{"model":"grok-4.3","messages":[{"role":"user","content":"Hi"}]}',
    })
    await response.text()
  }
  const ticksOf = async (query: string): Promise<number> =>
    page.evaluate(async (path) => {
      const response = await fetch(path)
      const { requests } = (await response.json()) as { requests: { costTicks: number }[] }
      return requests.reduce((sum, { costTicks }) => sum + costTicks, 0)
    }, `/api/v1/requests?${query}`)
  const cellsOf = (): Promise<number> =>
    page
      .locator('#cost-numbers td')
      .evaluateAll((cells) =>
        cells.reduce((sum, cell) => sum + Number((cell as HTMLElement).dataset['value']) * 1e10, 0),
      )

  await expect.poll(() => ticksOf('')).toBeGreaterThan(0)
  await page.getByRole('link', { name: 'Last 24 hours' }).click()
  await page.getByText('Cost over time').waitFor()
  expect(Math.round(await cellsOf())).toBe(await ticksOf(''))
  const canvas = page.locator('.chart canvas')
  await expect.poll(async () => (await canvas.boundingBox())?.height).toBeGreaterThan(100)
  const isDrawn = await canvas.evaluate((element) => {
    const drawing = element as HTMLCanvasElement
    const { data } = drawing.getContext('2d')!.getImageData(0, 0, drawing.width, drawing.height)
    return data.some((value) => value !== 0)
  })
  expect(isDrawn).toBe(true)
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme })
    expect(await seriousViolations(page)).toEqual([])
  }
  await page.getByText('The numbers').click()
  expect(await page.locator('#cost-numbers').isVisible()).toBe(true)

  await page.getByRole('link', { name: 'ada', exact: true }).click()
  await page.waitForURL(/requester=ada/)
  expect(Math.round(await cellsOf())).toBe(await ticksOf('requester=ada'))
  await page.getByRole('link', { name: 'Without ada' }).click()
  expect(Math.round(await cellsOf())).toBe(await ticksOf(''))
  await page.goBack()
  expect(Math.round(await cellsOf())).toBe(await ticksOf('requester=ada'))

  await page.setViewportSize({ width: 390, height: 800 })
  const overflow = (): Promise<number> =>
    page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth)
  await expect.poll(overflow).toBeLessThanOrEqual(0)

  const plain = await newPage(false)
  await plain.context().addCookies(await page.context().cookies())
  await plain.goto(`${workerUrl}/dashboard?range=24h`)
  await plain.getByText('The numbers').click()
  expect(await plain.locator('#cost-numbers').isVisible()).toBe(true)
  expect(trouble).toEqual([])
})
