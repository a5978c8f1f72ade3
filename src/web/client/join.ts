/** Takes the code of a one-time link out of the address, and opens the link with it. */
export function openLink(): void {
  const form = document.querySelector<HTMLFormElement>('[data-open-link]')
  const field = form?.querySelector('input')
  if (!form || !field || !location.hash.startsWith('#code=')) return
  field.value = location.hash
  // Neither the history nor whoever looks on keeps it.
  history.replaceState(null, '', location.pathname)
  form.requestSubmit()
}
