import axe from 'axe-core'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, inject } from 'vitest'
import { mintInvitation } from '../../src/cli/invitation.ts'
import { openBrowser } from './browser.ts'

export const workerUrl = inject('workerUrl')

interface Opened {
  newPage: (javaScriptEnabled?: boolean) => Promise<Page>
  context: () => BrowserContext
}

/** One browser for a file, one context for a test. */
export function useBrowser(): Opened {
  let browser: Browser
  let context: BrowserContext
  beforeAll(async () => void (browser = await openBrowser()))
  afterAll(() => browser.close())
  afterEach(() => context.close())
  return {
    newPage: async (javaScriptEnabled = true) => {
      context = await browser.newContext({ javaScriptEnabled })
      return context.newPage()
    },
    context: () => context,
  }
}

/** A one-time link to a new account. */
export async function invitationUrl(): Promise<string> {
  const target = { kind: 'local' as const, stateDir: inject('stateDir') }
  return `${workerUrl}/join?code=${await mintInvitation(target, { account: 'new' })}`
}

export async function comeIn(page: Page, url: string, name: string): Promise<void> {
  await page.goto(url)
  await page.getByLabel('Your name').fill(name)
  await page.getByRole('button', { name: 'Go on' }).click()
  await page.waitForURL('**/integrate')
}

/** What axe-core finds serious or critical on the page as it is. */
export async function seriousViolations(page: Page): Promise<string[]> {
  await page.evaluate(axe.source)
  const results = await page.evaluate(() =>
    (globalThis as unknown as { axe: typeof axe }).axe.run(document, {
      resultTypes: ['violations'],
    }),
  )
  return results.violations
    .filter((violation) => violation.impact === 'serious' || violation.impact === 'critical')
    .map(
      (violation) =>
        `${violation.id}: ${violation.nodes.map((node) => node.target.join(' ')).join(', ')}`,
    )
}
