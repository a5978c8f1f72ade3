import { readFile } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { addAuthenticator, watchForTrouble } from './browser.ts'
import { comeIn, invitationUrl, seriousViolations, useBrowser, workerUrl } from './world.ts'

const { newPage, context } = useBrowser()

test('a stranger makes an account with a passkey, where the deployment lets strangers', async () => {
  const page = await newPage()
  const trouble = watchForTrouble(page)
  await addAuthenticator(page)
  await page.goto(`${workerUrl}/sign-in`)
  await page.getByRole('link', { name: 'Create account' }).click()
  expect(await seriousViolations(page)).toEqual([])
  await page.getByLabel('Your name').fill('Barbara')
  await page.getByRole('button', { name: 'Create account with a passkey' }).click()
  await page.waitForURL('**/integrate')
  await page.getByText('Show token').click()
  expect(await page.locator('#token').textContent()).toMatch(/^sk-metrion-[0-9a-f]{32}$/)
  await page.getByRole('button', { name: 'Sign out' }).click()
  await page.getByRole('button', { name: 'Sign in with a passkey' }).click()
  await page.waitForURL('**/integrate')
  expect(await page.locator('.who strong').textContent()).toBe('Barbara')
  expect(trouble).toEqual([])
})

test('an account is named, shows money in its currency, is exported and deleted', async () => {
  const page = await newPage(false)
  await comeIn(page, invitationUrl(), 'Ada', false)
  await page.locator('#key').fill('xai-account-0123456789')
  await page.getByRole('button', { name: 'Test and save' }).click()
  await page.getByText('Show token').click()
  const token = (await page.locator('#token').textContent()) ?? ''
  const answer = await fetch(`${workerUrl}/api/proxy/grok/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}` },
    body: '{"model":"grok-4.3","messages":[{"role":"user","content":"Hello"}]}',
  })
  expect(answer.status).toBe(200)

  await page.goto(`${workerUrl}/settings`)
  await page.getByLabel('Account name').fill('Analytical Engines')
  await page.getByLabel('Currency').selectOption('EUR')
  await page.getByLabel('Rate (units per 1 USD)').fill('nonsense')
  const account = page.locator('form[action="/settings/account"]')
  await account.getByRole('button', { name: 'Save' }).click()
  expect(await page.getByRole('alert').textContent()).toBe('Use a number such as 0.8642.')
  expect(await page.getByLabel('Account name').inputValue()).toBe('Analytical Engines')
  await page.getByLabel('Rate (units per 1 USD)').fill('0.8642')
  await page.getByLabel('Rate date').fill('2026-11-24')
  await account.getByRole('button', { name: 'Save' }).click()
  await page.waitForURL('**/settings?notice=saved')
  expect(await seriousViolationsOf(page.url())).toEqual([])

  await page.goto(`${workerUrl}/integrate`)
  await page.getByText('at 0.8642 EUR for 1 USD, the rate of 2026-11-24').waitFor()
  expect(await page.locator('[data-arrived]').textContent()).toMatch(/In EUR\s*€0\.000\d+/)

  await page.goto(`${workerUrl}/settings/data`)
  const downloading = page.waitForEvent('download')
  await page.getByRole('link', { name: 'as CSV' }).click()
  const csv = await readFile(await (await downloading).path(), 'utf8')
  expect(csv.trim().split('\r\n')).toHaveLength(2)

  await page.getByLabel('Type Analytical Engines to confirm').fill('Analytical')
  await page.getByRole('button', { name: 'Delete account' }).click()
  expect(await page.getByRole('alert').textContent()).toContain(
    'Cannot delete the account: “Analytical” is not its name',
  )
  await page.getByLabel('Type Analytical Engines to confirm').fill('Analytical Engines')
  await page.getByRole('button', { name: 'Delete account' }).click()
  await page.getByText('The account is deleted').waitFor()
  await page.goto(`${workerUrl}/settings`)
  expect(new URL(page.url()).pathname).toBe('/sign-in')
})

/** Without JavaScript in the page there is no axe in it: another page with the same session looks. */
async function seriousViolationsOf(url: string): Promise<string[]> {
  const cookies = await context().cookies()
  const page = await newPage()
  await page.context().addCookies(cookies)
  await page.goto(url)
  return seriousViolations(page)
}

test('the health page says in plain words that nothing is missing', async () => {
  const page = await newPage()
  await comeIn(page, invitationUrl(), 'Grace')
  await page.getByRole('link', { name: 'Health' }).click()
  await page.getByText('Ledger reconciliation').waitFor()
  expect(await page.locator('.sum').textContent()).toMatch(
    /\d+ accepted =\s*\d+ written \+\s*\d+ waiting \+\s*\d+ dead \+\s*\d+ lost/,
  )
  expect(await page.getByText('works').count()).toBeGreaterThan(5)
  expect(await seriousViolations(page)).toEqual([])
})
