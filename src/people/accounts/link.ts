/**
 * A one-time link. The code is in the fragment, which browsers keep to themselves
 * (https://www.rfc-editor.org/rfc/rfc9110#section-4.2.5): in a query it would be in logs of requests before
 * it is used.
 */
export const joinLink = (origin: string, code: string): string => `${origin}/join#code=${code}`

/** The code in what somebody has pasted: a link, of today's form or the older `?code=`, or the code alone. */
export function codeIn(pasted: string): string {
  return /[#?&]code=([^&\s#]+)/.exec(pasted)?.[1] ?? pasted.trim()
}
