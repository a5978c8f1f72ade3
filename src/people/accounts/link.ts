/**
 * A one-time link. The code is in the fragment, which browsers do not send
 * (https://www.rfc-editor.org/rfc/rfc9110#section-4.2.5). In a query string, request logs would have it before
 * it is used.
 */
export const joinLink = (origin: string, code: string): string => `${origin}/join#code=${code}`

/** The code in a pasted text: a link, in today's form or the older `?code=`, or the code alone. */
export function codeIn(pasted: string): string {
  return /[#?&]code=([^&\s#]+)/.exec(pasted)?.[1] ?? pasted.trim()
}
