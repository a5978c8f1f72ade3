import { expect, test } from 'vitest'
import { watchForTrouble } from './browser.ts'
import { comeIn, invitationUrl, seriousViolations, useBrowser, workerUrl } from './world.ts'

const { newPage } = useBrowser()

test('from nothing to a chart whose numbers are the log’s; a requester opens into its own', async () => {
  const page = await newPage()
  const trouble = watchForTrouble(page)
  await comeIn(page, invitationUrl(), 'Ada')
  await page.locator('#key').fill('xai-browser-0123456789')
  await page.getByRole('button', { name: 'Test and save' }).click()
  await page.waitForURL('**/integrate?notice=saved')
  const token = (await page.locator('#token').textContent()) ?? ''
  await page.getByRole('link', { name: 'Overview' }).click()
  await page.getByText('Sample data').waitFor()
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
  await expect.poll(async () => Math.round(await cellsOf())).toBe(await ticksOf(''))
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
  await page.getByText('Data table').click()
  await page.locator('#cost-numbers').waitFor()

  await page.getByRole('link', { name: 'ada', exact: true }).click()
  await page.waitForURL(/requester=ada/)
  await expect.poll(async () => Math.round(await cellsOf())).toBe(await ticksOf('requester=ada'))
  await page.getByRole('link', { name: 'Remove the filter ada' }).click()
  await expect.poll(async () => Math.round(await cellsOf())).toBe(await ticksOf(''))
  await page.goBack()
  await expect.poll(async () => Math.round(await cellsOf())).toBe(await ticksOf('requester=ada'))

  await page.setViewportSize({ width: 390, height: 800 })
  const overflow = (): Promise<number> =>
    page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth)
  await expect.poll(overflow).toBeLessThanOrEqual(0)

  const plain = await newPage(false)
  await plain.context().addCookies(await page.context().cookies())
  await plain.goto(`${workerUrl}/dashboard?range=24h`)
  await plain.getByText('Data table').click()
  await plain.locator('#cost-numbers').waitFor()
  expect(trouble).toEqual([])
})

test('errors, latencies and any range are a click away, and mean the same in another window', async () => {
  const page = await newPage()
  const trouble = watchForTrouble(page)
  await comeIn(page, invitationUrl(), 'Grace')
  await page.locator('#key').fill('xai-browser-0123456789')
  await page.getByRole('button', { name: 'Test and save' }).click()
  await page.waitForURL('**/integrate?notice=saved')
  const token = (await page.locator('#token').textContent()) ?? ''
  const send = async (body: string): Promise<void> => {
    const response = await fetch(`${workerUrl}/api/proxy/grok/chat/completions`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'x-metrion-user': 'grace' },
      body,
    })
    await response.text()
  }
  const fine = '{"model":"grok-4.3","messages":[{"role":"user","content":"Hi"}]}'
  for (const body of [fine, fine, fine.replace('4.3', '99'), fine.replace('4.3', '99')])
    await send(body)

  await page.goto(`${workerUrl}/dashboard/errors?range=1h`)
  await expect
    .poll(async () => {
      await page.reload()
      return page.locator('[data-count]').allTextContents()
    })
    .toEqual(['2'])
  await page.getByText('does not exist').first().waitFor()
  expect(await seriousViolations(page)).toEqual([])

  await page.getByRole('link', { name: 'Latency' }).click()
  await page.getByRole('heading', { name: 'Time to last byte' }).nth(1).waitFor()
  const canvas = page.locator('.chart canvas').first()
  await expect.poll(async () => (await canvas.boundingBox())?.height).toBeGreaterThan(100)
  expect(await seriousViolations(page)).toEqual([])

  await page.getByRole('navigation', { name: 'Sections' }).getByText('Overview').click()
  await page.getByText('Custom range').click()
  const today = new Date()
  const day = (offset: number): string =>
    new Date(today.getTime() + offset * 86_400_000).toISOString().slice(0, 10)
  await page.getByLabel(/^From \(/).fill(`${day(-1)}T00:00`)
  await page.getByLabel(/^To \(/).fill(`${day(1)}T00:00`)
  await page.getByRole('button', { name: 'Apply' }).click()
  await page.waitForURL(/from=\d{4}-/)
  const figure = page.locator('.tile .figure')
  expect((await figure.allTextContents())[1]).toBe('4')

  const other = await newPage()
  await other.context().addCookies(await page.context().cookies())
  await other.goto(page.url())
  expect(await figure.allTextContents()).toEqual(
    await other.locator('.tile .figure').allTextContents(),
  )
  await page.setViewportSize({ width: 390, height: 800 })
  for (const part of ['', '/errors', '/latency']) {
    await page.goto(`${workerUrl}/dashboard${part}?range=1h`)
    const overflow = (): Promise<number> =>
      page.evaluate(
        () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
      )
    await expect.poll(overflow).toBeLessThanOrEqual(0)
  }
  expect(trouble).toEqual([])
})

test('an API token made on the page reads what the page says; the reference explains itself', async () => {
  const page = await newPage()
  await comeIn(page, invitationUrl(), 'Joan')
  await page.goto(`${workerUrl}/settings/tokens`)
  await page.getByLabel('API token name').fill('Report')
  await page.getByRole('button', { name: 'Create API token' }).click()
  const token = (await page.locator('#api-token').textContent()) ?? ''
  expect(await seriousViolations(page)).toEqual([])
  const ask = async (): Promise<number> => {
    const from = new Date(Date.now() - 3_600_000).toISOString()
    const answer = await fetch(`${workerUrl}/api/v1/usage?from=${from}`, {
      headers: { authorization: `Bearer ${token}` },
    })
    return answer.status
  }
  expect(await ask()).toBe(200)
  await page.getByRole('link', { name: 'API reference' }).click()
  await page.getByRole('heading', { name: 'API reference' }).waitFor()
  expect(await seriousViolations(page)).toEqual([])
  await page.goto(`${workerUrl}/settings/tokens`)
  expect(await page.content()).not.toContain(token)
  await page.getByText('Revoke', { exact: true }).last().click()
  await page.getByRole('button', { name: 'Revoke the API token Report' }).click()
  await page.waitForURL('**/settings/tokens?notice=api-revoked')
  expect(await ask()).toBe(401)
})
