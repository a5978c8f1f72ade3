const ASK_EVERY_MS = 2_000

/** Polls for new requests and shows a link to them. It inserts no rows, so the page does not move while being read. */
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
