const KEPT_MS = 10_000
const KEY = 'account-state'

/** Fills the sidebar with what the account has spent. What was read before is shown until then. */
export function showAccountState(): void {
  const place = document.querySelector<HTMLElement>('[data-account-state]')
  if (place === null) return
  const kept = JSON.parse(sessionStorage.getItem(KEY) ?? 'null') as {
    html: string
    atMs: number
  } | null
  if (kept) fill(place, kept.html)
  if (kept === null || Date.now() - kept.atMs > KEPT_MS) void load(place)
}

async function load(place: HTMLElement): Promise<void> {
  const response = await fetch('/frame/state').catch(() => null)
  if (response === null || !response.ok || response.redirected) return
  const html = await response.text()
  sessionStorage.setItem(KEY, JSON.stringify({ html, atMs: Date.now() }))
  fill(place, html)
}

function fill(place: HTMLElement, html: string): void {
  const parsed = new DOMParser().parseFromString(html, 'text/html')
  place.replaceChildren(...[...parsed.body.children].map((one) => document.importNode(one, true)))
}

/** The next person to sign in on this device must not see it. */
export function forgetAccountState(): void {
  document.addEventListener('submit', ({ target }) => {
    if (target instanceof HTMLFormElement && target.getAttribute('action') === '/sign-out')
      sessionStorage.removeItem(KEY)
  })
  if (document.querySelector('[data-account-state]') === null) sessionStorage.removeItem(KEY)
}
