import { spawn } from 'node:child_process'
import { joinLink } from '../../people/accounts/link.ts'
import type { Target } from '../d1.ts'
import { askDoctor, printFindings, untilAnswers } from '../doctor/ask.ts'
import { mintInvitation } from '../invitation.ts'
import { isTerminal } from '../wrangler.ts'

/**
 * Waits until the Worker answers, prints the first owner's link (and opens it, if a person sits before a browser), and
 * runs the doctor. Throws only if the Worker does not answer: what else is wrong is printed, with what to do.
 */
export async function finish(
  url: string,
  target: Target,
  { opens, waitMs, again = '' }: { opens: boolean; waitMs: number; again?: string },
): Promise<void> {
  console.log(`\nWaiting for ${url} …`)
  await untilAnswers(url, waitMs)
  const code = await mintInvitation(target, { account: 'first' }).catch((error: unknown) => {
    console.error(
      `The owner’s link could not be made: ${String(error)}\nRun: npm run invite -- --remote`,
    )
    return null
  })
  if (code !== null) {
    const link = joinLink(url, code)
    console.log(`\nThe owner’s one-time link (works once, for 24 hours):\n\n  ${link}\n`)
    if (opens && isTerminal()) openBrowser(link)
  }
  console.log('Doctor:\n')
  const failures = await askDoctor(url, target).then(printFindings, (error: unknown) => {
    console.error(error instanceof Error ? error.message : String(error))
    return 1
  })
  console.log(
    failures === 0
      ? `\nMetrion is deployed: ${url}`
      : `\nMetrion is deployed, and something needs you: see above.${again}`,
  )
}

const OPENERS: Partial<Record<NodeJS.Platform, readonly string[]>> = {
  darwin: ['open'],
  linux: ['xdg-open'],
  win32: ['cmd', '/c', 'start', ''],
}

/** Where there is no browser, the printed link is enough. */
function openBrowser(link: string): void {
  const [name = '', ...args] = OPENERS[process.platform] ?? []
  if (name === '') return
  const child = spawn(name, [...args, link], { stdio: 'ignore', detached: true })
  child.once('error', () => {})
  child.unref()
}
