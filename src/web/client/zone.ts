/** Stores the browser's time zone in a cookie, so that the server renders local times. */
export function tellZone(): void {
  const { timeZone } = new Intl.DateTimeFormat().resolvedOptions()
  const said = `zone=${encodeURIComponent(timeZone)}`
  const isSaid = (): boolean => document.cookie.split('; ').includes(said)
  if (isSaid()) return
  document.cookie = `${said}; path=/; max-age=31536000; samesite=lax`
  // This page was rendered without the zone, so reload it. If the browser rejects cookies, do not: it would loop.
  if (isSaid() && document.querySelector('[data-zoned]') !== null) location.reload()
}
