import chromium from '@sparticuz/chromium'
import { chromium as playwright, type Browser, type Page } from 'playwright-core'

/** What people's browsers do not have: the package switches web security off, for crawlers. */
const UNLIKE_PEOPLE = new Set([
  '--single-process',
  '--disable-web-security',
  '--allow-running-insecure-content',
  '--disable-site-isolation-trials',
])

/**
 * Writes the browser's program, if the machine has none yet. Before the first use: of several files that write it at once,
 * one starts what another is still writing.
 */
export const unpackBrowser = (): Promise<string> => chromium.executablePath()

/** The Chromium that comes with npm; it needs nothing installed on the machine. */
export async function openBrowser(): Promise<Browser> {
  return playwright.launch({
    executablePath: await chromium.executablePath(),
    args: chromium.args.filter((argument) => !UNLIKE_PEOPLE.has(argument)),
    headless: true,
  })
}

/** What goes wrong in a page without anybody clicking: script errors, refused loads. */
export function watchForTrouble(page: Page): string[] {
  const trouble: string[] = []
  page.on('pageerror', ({ message }) => {
    // A page that is left while it still fades in says so; nothing is wrong with it.
    if (!message.startsWith('Transition was')) trouble.push(message)
  })
  page.on('console', (message) => {
    if (message.type() === 'error') trouble.push(message.text())
  })
  return trouble
}

/** An authenticator like a laptop's: it holds passkeys and knows its owner. Returns what removes it. */
export async function addAuthenticator(page: Page): Promise<() => Promise<void>> {
  const devtools = await page.context().newCDPSession(page)
  await devtools.send('WebAuthn.enable')
  const { authenticatorId } = await devtools.send('WebAuthn.addVirtualAuthenticator', {
    options: {
      protocol: 'ctap2',
      transport: 'internal',
      hasResidentKey: true,
      hasUserVerification: true,
      isUserVerified: true,
      automaticPresenceSimulation: true,
    },
  })
  return async () => {
    await devtools.send('WebAuthn.removeVirtualAuthenticator', { authenticatorId })
    await devtools.detach()
  }
}
