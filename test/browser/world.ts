import { randomInt } from 'node:crypto'
import { basename } from 'node:path'
import axe from 'axe-core'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, expect, inject } from 'vitest'
import { joinLink } from '../../src/people/accounts/link.ts'
import { openBrowser } from './browser.ts'

export const workerUrl = inject('workerUrl')

interface Opened {
  newPage: (javaScriptEnabled?: boolean) => Promise<Page>
  /** Of the page that was opened last. */
  context: () => BrowserContext
}

/** Sign-in attempts are limited by address: each context comes from one of its own, as people do. */
const someAddress = (): string => `2001:db8::${randomInt(0x1_0000).toString(16)}`

/** One browser for a file, one context for a page. */
export function useBrowser(): Opened {
  let browser: Browser
  const contexts: BrowserContext[] = []
  beforeAll(async () => void (browser = await openBrowser()))
  afterAll(() => browser.close())
  afterEach(async () => {
    for (const context of contexts.splice(0)) await context.close()
  })
  return {
    newPage: async (javaScriptEnabled = true) => {
      const context = await browser.newContext({
        javaScriptEnabled,
        extraHTTPHeaders: { 'cf-connecting-ip': someAddress() },
      })
      contexts.push(context)
      return context.newPage()
    },
    context: () => {
      const newest = contexts.at(-1)
      if (!newest) throw new Error('open a page first')
      return newest
    },
  }
}

/** A one-time link to a new account. */
export function invitationUrl(): string {
  const file = basename(expect.getState().testPath ?? '')
  const code = inject('invitations')[file]?.[taken++]
  if (code === undefined) throw new Error(`no more links for ${file}: raise PER_FILE`)
  return joinLink(workerUrl, code)
}

let taken = 0

/** Without scripts, the link is pasted. */
export async function comeIn(
  page: Page,
  url: string,
  name: string,
  isScripted = true,
): Promise<void> {
  await page.goto(url)
  if (!isScripted) {
    await page.getByLabel('One-time link or code').fill(url)
    await page.getByRole('button', { name: 'Open link' }).click()
  }
  await page.getByLabel('Your name').fill(name)
  await page.getByRole('button', { name: 'Continue' }).click()
  await page.waitForURL('**/integrate')
}

/** What axe-core finds serious or critical on the page as it is. */
export async function seriousViolations(
  page: Page,
  /** Absent: every rule. */
  rules?: readonly string[],
): Promise<string[]> {
  await page.evaluate(axe.source)
  const results = await page.evaluate(
    (only) =>
      (globalThis as unknown as { axe: typeof axe }).axe.run(document, {
        resultTypes: ['violations'],
        ...(only !== null && { runOnly: { type: 'rule', values: [...only] } }),
      }),
    rules ?? null,
  )
  return results.violations
    .filter((violation) => violation.impact === 'serious' || violation.impact === 'critical')
    .map(
      (violation) =>
        `${violation.id}: ${violation.nodes.map((node) => node.target.join(' ')).join(', ')}`,
    )
}
