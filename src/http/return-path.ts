const MOST_CHARACTERS = 2_000
const ANY = 'https://metrion.invalid'
/** What is no page to come back to. */
const WAYS_IN = /^\/(sign-in|sign-up|sign-out|join|access|api|passkeys)(\/|$)/

/**
 * A page of this deployment to come back to after signing in, with its query. Null: the text is none. Only a path is
 * ever returned, so that a link to the sign-in page cannot lead elsewhere.
 * https://cheatsheetseries.owasp.org/cheatsheets/Unvalidated_Redirects_and_Forwards_Cheat_Sheet.html
 */
export function returnPath(text: string | undefined): string | null {
  if (text === undefined || text.length > MOST_CHARACTERS) return null
  // Browsers read a backslash as a slash, and leave out tabs and line ends.
  if (!text.startsWith('/') || /^\/[/\\]|[\\\p{Cc}]/u.test(text) || !URL.canParse(text, ANY))
    return null
  const { origin, pathname, search } = new URL(text, ANY)
  // `/.//host` has the path `//host`, which is another host's.
  if (origin !== ANY || pathname.startsWith('//') || WAYS_IN.test(pathname)) return null
  return `${pathname}${search}`
}

/** The sign-in page that leads back to a page. */
export function signInPath(method: string, url: string): string {
  const { pathname, search } = new URL(url)
  const to = method === 'GET' ? returnPath(`${pathname}${search}`) : null
  return to === null || to === '/'
    ? '/sign-in'
    : `/sign-in?${new URLSearchParams({ to }).toString()}`
}
