import { execFile } from 'node:child_process'
import { mkdtemp, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import type { Page } from 'playwright-core'
import { expect, test } from 'vitest'
import { addAuthenticator, watchForTrouble } from './browser.ts'
import { comeIn, invitationUrl, seriousViolations, useBrowser, workerUrl } from './world.ts'

const run = promisify(execFile)
const KEY = 'xai-browser-0123456789'

const { newPage, context } = useBrowser()

/** The code of a tab, exactly as its copy button would hand it over. */
const codeOf = async (page: Page, id: string): Promise<string> =>
  (await page.locator(`#${id}`).textContent()) ?? ''

test('the code of a link is in no request’s address, and in none of the history', async () => {
  const page = await newPage()
  const url = invitationUrl()
  const code = url.split('code=')[1] ?? ''
  const asked: string[] = []
  page.on('request', (request) => asked.push(request.url()))
  await page.goto(url)
  await page.getByLabel('Your name').waitFor()
  expect(code).not.toBe('')
  expect(asked.filter((one) => one.replace(/#.*/, '').includes(code))).toEqual([])
  expect(page.url()).not.toContain(code)
  await page.goBack()
  expect(page.url()).not.toContain(code)
})

test('from the link to the first request and back: a name, a passkey, a key, the shown code run as it is', async () => {
  const page = await newPage()
  const trouble = watchForTrouble(page)
  const url = invitationUrl()

  // A link preview opens the link, too; that uses nothing up.
  await fetch(url)
  await comeIn(page, url, 'Ada <b>&"')
  expect(await page.locator('.who strong').textContent()).toBe('Ada <b>&"')
  await addAuthenticator(page)
  await page.getByRole('link', { name: 'Add a passkey' }).click()
  await page.getByLabel('Passkey name').fill('Laptop')
  await page.getByRole('button', { name: 'Add passkey' }).click()
  await page.waitForURL('**/settings/security?notice=added')
  await page.getByRole('link', { name: 'Integrate' }).click()
  // Without a key, the code for one's own key is what works.
  await page.locator('#pass-through-typescript').waitFor()
  await page.getByText('Waiting for your first request').waitFor()
  expect(await seriousViolations(page)).toEqual([])

  await page.locator('#key').fill('xai-bad-0123456789')
  await page.getByRole('button', { name: 'Test and save' }).click()
  await page.getByRole('alert').waitFor()
  expect(await page.getByRole('alert').textContent()).toContain(
    'xAI refused it (400): Incorrect API key provided',
  )
  expect(await page.locator('#key').inputValue()).toBe('xai-bad-0123456789')
  expect(await seriousViolations(page)).toEqual([])

  await page.locator('#key').fill(KEY)
  await page.getByRole('button', { name: 'Test and save' }).click()
  await page.waitForURL('**/integrate?notice=saved')
  expect(await page.content()).not.toContain(KEY)
  expect(await page.getByText('Saved, ends in').textContent()).toContain(KEY.slice(-4))
  expect(await seriousViolations(page)).toEqual([])

  await context().grantPermissions(['clipboard-read', 'clipboard-write'])
  await page.locator('button[data-copy="stored-typescript"]').click()
  const copied = await page.evaluate(() => navigator.clipboard.readText())
  expect(copied).toBe(await codeOf(page, 'stored-typescript'))

  const folder = await mkdtemp(join(tmpdir(), 'metrion-snippet-'))
  await symlink(resolve('node_modules'), join(folder, 'node_modules'))
  // The code has no secret in it.
  expect(copied).not.toContain('sk-metrion-')
  const METRION_TOKEN = (await page.locator('#token').textContent()) ?? ''
  const env = { ...process.env, METRION_TOKEN }
  const runs = async (code: string): Promise<string> => {
    await writeFile(join(folder, 'snippet.mts'), code)
    return (await run(process.execPath, [join(folder, 'snippet.mts')], { env })).stdout
  }
  expect(await runs(copied)).toBe('Grok says: forty-two, exactly.\n')
  expect(await runs(await codeOf(page, 'stored-typescript-stream'))).toBe(
    'Grok says: forty-two, exactly.',
  )

  await page.locator('[data-arrived]').waitFor({ timeout: 2_000 })
  const curl = await run('sh', ['-c', await codeOf(page, 'stored-curl')], { env })
  expect(curl.stdout).toContain('forty-two')
  const arrived = (await page.locator('[data-arrived]').textContent()) ?? ''
  expect(arrived).toContain('It works: your request arrived')
  expect(arrived).toMatch(/Model\s*grok-4\.3/)
  expect(arrived).toMatch(/Requester\s*ada/)
  expect(arrived).toMatch(/Cost\s*\$0\.000\d+/)
  expect(arrived).toContain('Reported by xAI')
  expect(await seriousViolations(page)).toEqual([])

  await page.getByRole('button', { name: 'Sign out' }).click()
  await page.waitForURL('**/sign-in?out=1')
  await page.goto(`${workerUrl}/integrate`)
  expect(new URL(page.url()).pathname).toBe('/sign-in')
  expect(await seriousViolations(page)).toEqual([])
  await page.getByRole('button', { name: 'Sign in with a passkey' }).click()
  await page.waitForURL('**/integrate')
  await page.getByText('It works: your request arrived').waitFor()
  await page.getByRole('button', { name: 'Sign out' }).click()

  await page.goto(url)
  expect(await page.getByRole('alert').textContent()).toContain('already been used')
  expect(await seriousViolations(page)).toEqual([])
  expect(trouble.filter((text) => !/status of 4(00|10)/.test(text))).toEqual([])
})

test('without JavaScript: the link, the key, the token, every tab, curl, sign out', async () => {
  const page = await newPage(false)
  await comeIn(page, invitationUrl(), 'Grace', false)
  await page.locator('#key').fill(KEY)
  await page.getByRole('button', { name: 'Test and save' }).click()
  await page.waitForURL('**/integrate?notice=saved')

  await page.getByText('Show token').click()
  expect(await page.locator('#token').textContent()).toMatch(/^sk-metrion-[0-9a-f]{32}$/)
  await page.locator('label[for="tab-stored-curl"]').click()
  await page.locator('#stored-curl').waitFor()
  expect(await page.locator('#stored-typescript').isVisible()).toBe(false)
  expect(await page.locator('button[data-copy]:visible').count()).toBe(0)

  const METRION_TOKEN = (await page.locator('#token').textContent()) ?? ''
  const env = { ...process.env, METRION_TOKEN, XAI_API_KEY: 'xai-my-own-0123456789' }
  const stored = await run('sh', ['-c', await codeOf(page, 'stored-curl')], { env })
  expect(stored.stdout).toContain('forty-two')
  await page.getByText('With your own key').click()
  const own = await run('sh', ['-c', await codeOf(page, 'pass-through-curl')], { env })
  expect(own.stdout).toContain('forty-two')

  await page.goto(`${workerUrl}/integrate`)
  await page.getByText('It works').waitFor()
  await page.getByText('Delete key').click()
  await page.getByRole('button', { name: 'Delete xAI key' }).click()
  await page.getByText('Revoke it at console.x.ai too').waitFor()
  await page.getByRole('button', { name: 'Sign out' }).click()
  await page.getByText('You are signed out.').waitFor()
})

test('the first page weighs under 100 KB, and nothing comes from elsewhere', async () => {
  const page = await newPage()
  let bytes = 0
  const hosts = new Set<string>()
  page.on('response', (response) => {
    hosts.add(new URL(response.url()).origin)
    void response.body().then(
      (body) => (bytes += body.length),
      () => {},
    )
  })
  await page.goto(`${workerUrl}/sign-in`, { waitUntil: 'networkidle' })
  console.log(`first page: ${bytes} bytes in all, uncompressed`)
  expect(bytes).toBeGreaterThan(1_000)
  expect(bytes).toBeLessThan(100_000)
  expect([...hosts]).toEqual([workerUrl])
})
