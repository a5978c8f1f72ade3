import { writeTimes } from './times.ts'

const ASK_EVERY_MS = 1_000

/** Polls for the first request, then replaces the waiting card with it. */
export function waitForFirstRequest(): void {
  if (document.querySelector('[data-waiting]') === null) return
  const timer = setInterval(() => {
    if (document.visibilityState === 'visible') void look(timer)
  }, ASK_EVERY_MS)
}

async function look(timer: ReturnType<typeof setInterval>): Promise<void> {
  const response = await fetch('/integrate/first-request').catch(() => null)
  // No request yet, signed out, or offline: keep polling.
  if (response === null || !response.ok || response.status === 204) return
  clearInterval(timer)
  const waiting = document.querySelector('[data-waiting]')
  const parsed = new DOMParser().parseFromString(await response.text(), 'text/html')
  const arrived = parsed.body.firstElementChild
  if (!waiting || !arrived) return
  // It has come while somebody was waiting for it: the page may be glad.
  arrived.setAttribute('data-celebrated', '')
  waiting.replaceWith(document.importNode(arrived, true))
  const steps = parsed.body.querySelector('.checklist')
  document
    .querySelector('.checklist')
    ?.replaceWith(...(steps ? [document.importNode(steps, true)] : []))
  writeTimes(document)
}
