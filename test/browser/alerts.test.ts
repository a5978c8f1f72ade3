import { expect, inject, test } from 'vitest'
import { runCron } from '../../src/cli/local.ts'
import { CRONS } from '../../src/ledger/crons.ts'
import type { Received } from '../receiver/protocol.ts'
import { watchForTrouble } from './browser.ts'
import { comeIn, invitationUrl, seriousViolations, useBrowser, workerUrl } from './world.ts'

const { newPage } = useBrowser()
const hookUrl = (name: string): string => `${inject('receiverUrl')}/hook/${name}`

test('alerts from the first look to a message, by hand', async () => {
  const page = await newPage()
  const trouble = watchForTrouble(page)
  await comeIn(page, invitationUrl(), 'Ada')
  const token = (await page.locator('#token').textContent()) ?? ''
  await page.getByRole('link', { name: 'Alerts' }).click()
  await page.getByText('No alerts sent yet.').waitFor()
  expect(await seriousViolations(page)).toEqual([])

  await page.getByRole('link', { name: 'New channel' }).click()
  await page.getByLabel('Name', { exact: true }).fill('Operations')
  await page.getByLabel('URL', { exact: true }).fill('http://10.0.0.1/hook')
  await page.getByRole('button', { name: 'Create channel' }).click()
  await page.getByRole('alert').waitFor()
  // What was typed is still there.
  expect(await page.getByLabel('Name', { exact: true }).inputValue()).toBe('Operations')
  const name = crypto.randomUUID()
  await page.getByLabel('URL', { exact: true }).fill(hookUrl(name))
  await page.getByRole('button', { name: 'Create channel' }).click()
  expect(await page.locator('#channel-secret').textContent()).toMatch(/^whsec_/)
  expect(await seriousViolations(page)).toEqual([])
  await page.getByRole('link', { name: 'Alerts' }).first().click()
  await page.getByRole('button', { name: 'Test Operations' }).click()
  await page.getByText('The test was delivered.').waitFor()

  await page.goto(`${workerUrl}/alerts`)
  await page.getByRole('button', { name: 'Add the recommended rules' }).click()
  await page.getByText('The recommended rules are added.').waitFor()
  await page.getByRole('link', { name: 'New rule' }).click()
  await page.getByRole('link', { name: 'Request volume' }).click()
  await page.getByLabel('Name', { exact: true }).fill('Any request')
  await page.getByLabel('Threshold (requests)').fill('1')
  expect(await seriousViolations(page)).toEqual([])
  await page.getByRole('button', { name: 'Create rule' }).click()
  await page.getByText('The rule is created').waitFor()

  await fetch(`${workerUrl}/api/proxy/grok/v1/chat/completions`, {
    method: 'POST',
    headers: {
      authorization: `Bearer xai-browser-0123456789`,
      'x-metrion-token': token,
      'content-type': 'application/json',
    },
    body: JSON.stringify({ model: 'grok-4.3', messages: [{ role: 'user', content: 'Hello' }] }),
  }).then((response) => response.text())
  await page.getByRole('link', { name: 'Logs' }).click()
  await page.locator('table.log tbody tr').first().waitFor()
  await runCron(workerUrl, CRONS.often)
  await expect
    .poll(
      async () => {
        const received = (await (await fetch(hookUrl(name))).json()) as Received[]
        return received.map(({ body }) => (JSON.parse(body) as { type: string }).type)
      },
      { timeout: 20_000 },
    )
    .toEqual(['channel.test', 'alert.volume'])
  await page.goto(`${workerUrl}/alerts`)
  await page.getByText('Operations: delivered').waitFor()
  await page.getByRole('link', { name: 'The number of requests is 1 (threshold 1)' }).click()
  await page.locator('table.log tbody tr').first().waitFor()
  expect(await page.locator('table.log tbody tr').count()).toBe(1)

  await page.goto(`${workerUrl}/alerts`)
  await page.getByRole('link', { name: 'Show what would have been sent' }).click()
  await page.getByText('Judged at the end of each hour').waitFor()
  expect(await seriousViolations(page)).toEqual([])
  await page.getByRole('link', { name: 'Any request' }).first().click()
  await page.getByRole('button', { name: 'Delete Any request' }).click()
  await page.getByText('The rule is deleted.').waitFor()
  // The address that was refused.
  expect(trouble).toEqual([expect.stringContaining('400 (Bad Request)')])
})
