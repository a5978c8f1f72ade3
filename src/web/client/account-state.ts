const KEY = 'account-state'

interface Kept {
  /** Of whom: the next person to sign in on this device must not see it. */
  who: string
  html: string
}

/**
 * Fills the sidebar with what the account has spent. What the page before showed stands there until the newest has
 * come.
 */
export async function showAccountState(): Promise<void> {
  const place = document.querySelector<HTMLElement>('[data-account-state]')
  const who = document.querySelector('[data-who]')?.textContent
  if (place === null || who === undefined) return sessionStorage.removeItem(KEY)
  const kept = readKept(who)
  if (kept !== null) fill(place, kept.html)
  const response = await fetch('/frame/state').catch(() => null)
  if (response === null || !response.ok || response.redirected) return
  const html = await response.text()
  const next: Kept = { who, html }
  sessionStorage.setItem(KEY, JSON.stringify(next))
  // A link that has the focus must not lose it.
  if (html !== kept?.html && !place.contains(document.activeElement)) fill(place, html)
}

function readKept(who: string): Kept | null {
  try {
    const kept = JSON.parse(sessionStorage.getItem(KEY) ?? 'null') as Kept | null
    return kept?.who === who ? kept : null
  } catch {
    return null
  }
}

/** On phones, where the sidebar is folded, the head shows the first of its links. */
function fill(place: HTMLElement, html: string): void {
  const parsed = new DOMParser().parseFromString(html, 'text/html')
  const parts = [...parsed.body.children].map((one) => document.importNode(one, true))
  place.replaceChildren(...parts)
  const [first] = parts
  if (first) document.querySelector('[data-account-short]')?.replaceChildren(first.cloneNode(true))
}
