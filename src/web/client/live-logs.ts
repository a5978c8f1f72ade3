const ASK_EVERY_MS = 2_000

/** Says when a log has new rows. They come in when asked for: what is being read does not move. */
export function announceNews(): void {
  const live = document.querySelector<HTMLElement>('[data-news-after]')
  if (live === null) return
  setInterval(() => {
    if (document.visibilityState === 'visible') void ask(live)
  }, ASK_EVERY_MS)
}

async function ask(live: HTMLElement): Promise<void> {
  const query = new URLSearchParams(location.search)
  query.set('after', live.dataset['newsAfter'] ?? '')
  const response = await fetch(`/logs/news?${query.toString()}`).catch(() => null)
  if (response === null || !response.ok || response.redirected) return
  const { requests } = (await response.json()) as { requests: number }
  if (requests === 0) return
  const link = document.createElement('a')
  link.href = location.href
  link.textContent = requests === 1 ? 'Show 1 new request' : `Show ${requests} new requests`
  if (live.textContent !== link.textContent) live.replaceChildren(link)
}
