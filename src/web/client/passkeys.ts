import { startAuthentication, startRegistration } from '@simplewebauthn/browser'

/** Handles the WebAuthn forms: add a passkey, sign up, sign in. */
export function listenForPasskeys(): void {
  listen('[data-add-passkey]', add)
  listen('[data-sign-up]', signUp)
  listen('[data-sign-in]', signIn)
}

function listen(selector: string, act: (form: HTMLFormElement) => Promise<void>): void {
  const form = document.querySelector<HTMLFormElement>(selector)
  form?.addEventListener('submit', (event) => {
    event.preventDefault()
    void attempt(form, act)
  })
}

async function attempt(
  form: HTMLFormElement,
  act: (form: HTMLFormElement) => Promise<void>,
): Promise<void> {
  const button = form.querySelector('button')
  const problem = form.querySelector<HTMLElement>('[data-problem]')
  if (button) button.disabled = true
  if (problem) problem.hidden = true
  try {
    await act(form)
  } catch (error) {
    if (problem) {
      problem.textContent = messageOf(error)
      problem.hidden = false
    }
  } finally {
    if (button) button.disabled = false
  }
}

async function add(form: HTMLFormElement): Promise<void> {
  await register('/passkeys', form)
  location.assign('/settings?notice=added')
}

async function signUp(form: HTMLFormElement): Promise<void> {
  await register('/sign-up', form)
  location.assign('/integrate')
}

async function register(path: string, form: HTMLFormElement): Promise<void> {
  const name = new FormData(form).get('name')
  const optionsJSON = (await post(`${path}/options`, { name })) as Parameters<
    typeof startRegistration
  >[0]['optionsJSON']
  const response = await startRegistration({ optionsJSON })
  await post(path, { name, response })
}

async function signIn(form: HTMLFormElement): Promise<void> {
  const optionsJSON = (await post('/sign-in/options')) as Parameters<
    typeof startAuthentication
  >[0]['optionsJSON']
  const response = await startAuthentication({ optionsJSON })
  await post('/sign-in', { response })
  location.assign(form.dataset['back'] ?? '/')
}

async function post(path: string, body: unknown = {}): Promise<unknown> {
  const response = await fetch(path, { method: 'POST', body: JSON.stringify(body) })
  const text = await response.text()
  const answer: unknown = text === '' ? null : JSON.parse(text)
  if (response.ok) return answer
  throw new Error(
    (answer as { error?: { message?: string } } | null)?.error?.message ??
      'Metrion did not respond. Try again.',
  )
}

function messageOf(error: unknown): string {
  const { name, message } = error as Error
  if (name === 'NotAllowedError') return 'Cancelled or timed out. Nothing has changed. Try again.'
  if (name === 'SecurityError')
    return 'The browser does not allow passkeys at this address. Use a host name with https.'
  if (name === 'InvalidStateError') return 'This device already has a passkey for Metrion.'
  return message
}
