import { expect, test } from 'vitest'
import { watchForTrouble } from './browser.ts'
import { comeIn, invitationUrl, seriousViolations, useBrowser, workerUrl } from './world.ts'

const { newPage } = useBrowser()

test('a budget from the first look to a refusal, by hand', async () => {
  const page = await newPage()
  const trouble = watchForTrouble(page)
  await comeIn(page, invitationUrl(), 'Ada')
  const token = (await page.locator('#token').textContent()) ?? ''
  await page.getByRole('link', { name: 'Limits' }).click()
  await page.getByText('No budget yet').waitFor()
  expect(await seriousViolations(page)).toEqual([])
  await page.getByRole('link', { name: 'New budget' }).click()
  await page.getByLabel('Name', { exact: true }).fill('Small')
  await page.getByLabel('Limit', { exact: true }).fill('0.000001')
  await page.getByRole('button', { name: 'Preview on last month' }).click()
  await page.getByText('Nothing was used last month').waitFor()
  // What was typed is still there.
  await page.getByRole('button', { name: 'Create budget' }).click()
  await page.getByText('Created.').waitFor()
  expect(await seriousViolations(page)).toEqual([])

  const refused = await fetch(`${workerUrl}/api/proxy/grok/v1/chat/completions`, {
    method: 'POST',
    headers: {
      authorization: `Bearer xai-browser-0123456789`,
      'x-metrion-token': token,
      'content-type': 'application/json',
    },
    body: JSON.stringify({ model: 'grok-4.3', messages: [{ role: 'user', content: 'Hello' }] }),
  })
  expect(refused.status).toBe(402)
  await page.getByRole('link', { name: 'Refused and stopped' }).click()
  await expect.poll(() => page.getByText('Rejected by Metrion').count()).toBeGreaterThan(0)
  await page.goBack()
  await page.getByRole('button', { name: 'Delete Small' }).click()
  await page.getByText('Deleted.').waitFor()
  expect(trouble).toEqual([])
})
