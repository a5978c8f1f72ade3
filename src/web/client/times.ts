const STYLES: Readonly<Record<string, Intl.DateTimeFormatOptions>> = {
  second: { dateStyle: 'medium', timeStyle: 'medium' },
  short: {
    month: 'short',
    day: 'numeric',
    hour: 'numeric',
    minute: '2-digit',
    second: '2-digit',
  },
  minute: { dateStyle: 'medium', timeStyle: 'short' },
  day: { dateStyle: 'medium' },
}

/** Writes the times of a part of the page as the person does: in the language and the zone of the browser. */
export function writeTimes(part: ParentNode): void {
  for (const [fineness, style] of Object.entries(STYLES)) {
    const format = new Intl.DateTimeFormat(undefined, style)
    for (const time of part.querySelectorAll<HTMLTimeElement>(`time[data-when="${fineness}"]`))
      time.textContent = format.format(new Date(time.dateTime))
  }
}

/** Says once whose clock it is. */
export function nameZone(): void {
  const place = document.querySelector('[data-zone-name]')
  const { timeZone } = new Intl.DateTimeFormat().resolvedOptions()
  if (place) place.textContent = `Times are in ${timeZone}`
}
