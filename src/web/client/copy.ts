const SAY_MS = 2_000

/** `<button data-copy="id">` copies the text of the element with that id, then shows "Copied" for two seconds. */
export function listenForCopies(): void {
  document.addEventListener('click', (event) => {
    const button = (event.target as Element | null)?.closest<HTMLButtonElement>('button[data-copy]')
    if (button) void copy(button)
  })
}

async function copy(button: HTMLButtonElement): Promise<void> {
  const text = document.getElementById(button.dataset['copy'] ?? '')?.textContent ?? ''
  // A second click comes while the button still says "Copied".
  const label = (button.dataset['label'] ??= button.textContent)
  try {
    await navigator.clipboard.writeText(text)
    button.textContent = 'Copied'
  } catch {
    button.textContent = 'Press Ctrl-C'
  }
  setTimeout(() => (button.textContent = label), SAY_MS)
}
