/** Moves the code of a one-time link from the URL fragment into the form, and submits it. */
export function openLink(): void {
  const form = document.querySelector<HTMLFormElement>('[data-open-link]')
  const field = form?.querySelector('input')
  if (!form || !field || !location.hash.startsWith('#code=')) return
  field.value = location.hash
  // Remove the code from the address bar and the history.
  history.replaceState(null, '', location.pathname)
  form.requestSubmit()
}
