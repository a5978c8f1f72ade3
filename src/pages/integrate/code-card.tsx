import { snippets, type SnippetMode } from './snippets.ts'

interface Mode {
  mode: SnippetMode
  title: string
  hint: string
}

const MODES: readonly Mode[] = [
  {
    mode: 'stored',
    title: 'With the saved key',
    hint: 'Your application needs nothing but the Metrion token.',
  },
  {
    mode: 'pass-through',
    title: 'With your own key',
    hint: 'Your xAI key stays with your application and is forwarded, never stored.',
  },
]

export function CodeCard({
  origin,
  token,
  isUnlocked,
}: {
  origin: string
  token: string | null
  isUnlocked: boolean
}) {
  if (token === null || !isUnlocked) {
    return (
      <section class="card" aria-labelledby="code-title" aria-disabled="true">
        <header>
          <h2 id="code-title">
            <span class="step">3</span>Change two lines
          </h2>
        </header>
        <p class="hint">The code for TypeScript, Python and curl is here once a key is saved.</p>
      </section>
    )
  }
  return (
    <section class="card" aria-labelledby="code-title">
      <header>
        <h2 id="code-title">
          <span class="step">3</span>Change two lines
        </h2>
      </header>
      <p class="hint">
        The base URL and the API key; everything else stays. <code>x-metrion-user</code> says whom a
        request is for, and costs break down by it. A name with letters beyond ASCII is sent
        percent-encoded: <code>encodeURIComponent('Zoë')</code>,{' '}
        <code>urllib.parse.quote('Zoë')</code>.
      </p>
      <p class="hint">
        In a web page, whoever opens it can read the token: give it one of its own, with the scope{' '}
        <code>inference</code>, and replace it after a short time.{' '}
        <a href="/settings#account">Settings</a> name the origins whose pages may call.
      </p>
      <p class="hint">
        On Cloudflare’s Free plan a request has 10 ms of CPU. A stream with{' '}
        <code>stream_options: {'{ include_usage: true }'}</code> stays within it for some 3,000
        events; one without hides its usage from you, is passed on in pauses that grow to a second,
        and stays within it for some 500.
      </p>
      {MODES.map((one) => (
        <Snippets {...one} origin={origin} token={token} />
      ))}
    </section>
  )
}

function Snippets({ mode, title, hint, origin, token }: Mode & { origin: string; token: string }) {
  return (
    <details open={mode === 'stored'}>
      <summary>{title}</summary>
      <p class="hint">{hint}</p>
      <div class="tabs" role="group" aria-label={`${title}: language`}>
        {snippets(origin, token, mode).map((snippet, index) => (
          <>
            <input type="radio" name={mode} id={`tab-${snippet.id}`} checked={index === 0} />
            <label for={`tab-${snippet.id}`}>{snippet.title}</label>
            <div class="panel">
              <div class="with-copy">
                <button class="plain" type="button" data-copy={snippet.id} data-needs-script>
                  Copy
                </button>
                <pre tabindex={0}>
                  <code id={snippet.id}>{snippet.code}</code>
                </pre>
              </div>
            </div>
          </>
        ))}
      </div>
    </details>
  )
}
