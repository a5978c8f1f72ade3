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
    hint: 'Your application only needs the Metrion token.',
  },
  {
    mode: 'pass-through',
    title: 'With your own key',
    hint: 'Your application sends its own xAI key. Metrion forwards the key and never stores it.',
  },
]

export function CodeCard({ origin, hasKey }: { origin: string; hasKey: boolean }) {
  return (
    <section class="card" aria-labelledby="code-title">
      <header>
        <h2 id="code-title">
          <span class="step">3</span>Change two lines
        </h2>
      </header>
      <p class="hint">
        The code reads your token from the environment variable <code>METRION_TOKEN</code>, so that
        it never gets into your repository.
      </p>
      <p class="hint">
        Change the base URL and the API key. Set <code>x-metrion-user</code> to the requester; costs
        are broken down by it. Percent-encode names with non-ASCII characters:{' '}
        <code>encodeURIComponent('Zoë')</code>, <code>urllib.parse.quote('Zoë')</code>.
      </p>
      <p class="hint">
        Anyone who opens a web page can read the token in it. Use a separate token with the scope{' '}
        <code>inference</code>, and replace it often. Allow the origins of your pages under{' '}
        <a href="/settings#account">Settings</a>.
      </p>
      <p class="hint">
        Cloudflare’s Free plan allows 10 ms of CPU per request. With{' '}
        <code>stream_options: {'{ include_usage: true }'}</code>, that is enough for about 3,000
        events of a stream. Without it, Metrion has to hide the usage event and forwards events in
        batches, with pauses of up to one second; that is enough for about 500 events.
      </p>
      {MODES.map((one) => (
        <Snippets {...one} origin={origin} isOpen={(one.mode === 'stored') === hasKey} />
      ))}
    </section>
  )
}

function Snippets({
  mode,
  title,
  hint,
  origin,
  isOpen,
}: Mode & { origin: string; isOpen: boolean }) {
  return (
    <details open={isOpen}>
      <summary>{title}</summary>
      <p class="hint">{hint}</p>
      <div class="tabs" role="group" aria-label={`${title}: language`}>
        {snippets(origin, mode).map((snippet, index) => (
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
