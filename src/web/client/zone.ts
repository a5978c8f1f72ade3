/** Tells the server the browser's time zone, so that pages show its times. */
export function tellZone(): void {
  const { timeZone } = new Intl.DateTimeFormat().resolvedOptions()
  const said = `zone=${encodeURIComponent(timeZone)}`
  const isSaid = (): boolean => document.cookie.split('; ').includes(said)
  if (isSaid()) return
  document.cookie = `${said}; path=/; max-age=31536000; samesite=lax`
  // The page at hand was drawn without knowing it. Where cookies are refused, it stays.
  if (isSaid() && document.querySelector('[data-zoned]') !== null) location.reload()
}
