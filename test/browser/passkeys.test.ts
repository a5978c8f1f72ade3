import type { Locator, Page } from 'playwright-core'
import { expect, test } from 'vitest'
import { addAuthenticator, watchForTrouble } from './browser.ts'
import { comeIn, invitationUrl, seriousViolations, useBrowser, workerUrl } from './world.ts'

const { newPage, context } = useBrowser()

const passkeysOf = (page: Page): Locator => page.locator('section[aria-labelledby=passkeys-title]')

test('a passkey is added, signs in, is renamed and stays while it is the only one', async () => {
  const page = await newPage()
  const trouble = watchForTrouble(page)
  await addAuthenticator(page)
  await comeIn(page, invitationUrl(), 'Ada')
  await page.getByRole('link', { name: 'Add a passkey' }).click()
  await page.getByText('You have no passkey yet').waitFor()
  expect(await seriousViolations(page)).toEqual([])

  await page.getByLabel('Passkey name').fill('My <laptop>')
  await page.getByRole('button', { name: 'Add passkey' }).click()
  await page.waitForURL('**/settings/security?notice=added')
  expect(await passkeysOf(page).locator('strong').first().textContent()).toBe('My <laptop>')
  await passkeysOf(page).getByText('not used yet').waitFor()
  expect(await seriousViolations(page)).toEqual([])

  // The same authenticator again: it says so in plain words.
  await page.getByLabel('Passkey name').fill('Again')
  await page.getByRole('button', { name: 'Add passkey' }).click()
  await page.getByText('This device already has a passkey for Metrion.').waitFor()

  await page.getByRole('button', { name: 'Sign out', exact: true }).click()
  await page.waitForURL('**/sign-in?out=1')
  let answer = ''
  page.on('request', (request) => {
    if (request.method() === 'POST' && request.url() === `${workerUrl}/sign-in`)
      answer = request.postData() ?? ''
  })
  await page.getByRole('button', { name: 'Sign in with a passkey' }).click()
  await page.waitForURL('**/integrate')
  expect(await page.getByText('To sign in again').count()).toBe(0)

  // Whoever has overheard the answer cannot use it a second time.
  const replayed = await fetch(`${workerUrl}/sign-in`, {
    method: 'POST',
    body: answer,
    headers: { origin: workerUrl },
  })
  expect(replayed.status).toBe(401)
  expect(replayed.headers.has('set-cookie')).toBe(false)

  await page.goto(`${workerUrl}/settings/security`)
  await passkeysOf(page).getByText('last used').waitFor()
  await page.getByText('Change', { exact: true }).click()
  await page.getByText('You cannot remove your only passkey').waitFor()
  await page.getByLabel('New name').fill('Laptop')
  await page.getByRole('button', { name: 'Rename' }).click()
  await page.waitForURL('**/settings/security?notice=renamed')
  expect(await passkeysOf(page).locator('strong').first().textContent()).toBe('Laptop')
  expect(trouble).toEqual([])
})

test('a colleague is let in by a link made on the page, which says who did what', async () => {
  const page = await newPage()
  await comeIn(page, invitationUrl(), 'Ada')
  await page.goto(`${workerUrl}/settings/people`)
  await page.getByRole('button', { name: 'Invite member' }).click()
  const link = (await page.locator('#member-link').textContent()) ?? ''
  expect(await seriousViolations(page)).toEqual([])
  await page.getByRole('link', { name: 'Audit log' }).first().click()
  await page.getByRole('cell', { name: 'created a one-time link for a member' }).waitFor()
  expect(await seriousViolations(page)).toEqual([])
  await context().clearCookies()
  await comeIn(page, link, 'Bob')
  await page.goto(`${workerUrl}/settings/people`)
  await page.getByText('Bob (you)').waitFor()
  expect(await page.getByText('Invite member').count()).toBe(0)
})

test('a second passkey lets the first one go', async () => {
  const page = await newPage()
  await comeIn(page, invitationUrl(), 'Grace')
  for (const name of ['First', 'Second']) {
    const remove = await addAuthenticator(page)
    await page.goto(`${workerUrl}/settings/security`)
    await page.getByLabel('Passkey name').fill(name)
    await page.getByRole('button', { name: 'Add passkey' }).click()
    await page.waitForURL('**/settings/security?notice=added')
    await remove()
  }
  await page.getByText('Change', { exact: true }).first().click()
  await page.getByRole('button', { name: 'Remove First' }).click()
  await page.waitForURL('**/settings/security?notice=removed')
  expect(await passkeysOf(page).locator('ul').textContent()).not.toContain('First')
  expect(await passkeysOf(page).locator('ul').textContent()).toContain('Second')
})

test('a cancelled dialogue says that nothing has changed', async () => {
  const page = await newPage()
  await page.goto(`${workerUrl}/sign-in`)
  await addAuthenticator(page)
  await page.getByRole('button', { name: 'Sign in with a passkey' }).click()
  await page.getByText('Cancelled or timed out').waitFor({ timeout: 20_000 })
  expect(await page.getByRole('button', { name: 'Sign in with a passkey' }).isEnabled()).toBe(true)
})

test('sessions are listed, and others are signed out', async () => {
  const page = await newPage()
  const url = invitationUrl()
  await addAuthenticator(page)
  await comeIn(page, url, 'Edsger')
  await page.goto(`${workerUrl}/settings/security`)
  await page.getByLabel('Passkey name').fill('Key')
  await page.getByRole('button', { name: 'Add passkey' }).click()
  await page.waitForURL('**/settings/security?notice=added')

  const first = (await context().cookies()).find(({ httpOnly }) => httpOnly)
  await context().clearCookies()
  await page.goto(`${workerUrl}/sign-in`)
  await page.getByRole('button', { name: 'Sign in with a passkey' }).click()
  await page.waitForURL('**/integrate')
  await page.goto(`${workerUrl}/settings/security`)
  await page.getByText('This browser').waitFor()
  await page.getByText('Chrome on Linux').waitFor()
  const integrate = (): Promise<Response> =>
    fetch(`${workerUrl}/integrate`, {
      headers: { cookie: `${first?.name}=${first?.value}` },
      redirect: 'manual',
    })
  expect((await integrate()).status).toBe(200)
  await page.getByRole('button', { name: 'Sign out everywhere else' }).click()
  await page.waitForURL('**/settings/security?notice=ended')
  expect((await integrate()).status).toBe(303)
  await page.getByText('This browser').waitFor()
})
