import type { SavedKey } from '../../credentials/keys/store.ts'
import type { RequestRow } from '../../reports/requests/store.ts'
import { Layout, Note, type Notice, type Viewer } from '../../web/layout.tsx'
import type { Currency } from '../../http/money.ts'
import { CodeCard } from './code-card.tsx'
import { FirstRequest } from './first-request.tsx'

export interface IntegrateProps {
  viewer: Viewer
  origin: string
  /** Null: every token is revoked. */
  token: { name: string; token: string } | null
  savedKey: SavedKey | null
  latest: RequestRow | null
  currency: Currency
  hasPasskey: boolean
  notice: Notice | null
  /** The rejected key, so that the form shows it again for correction. */
  typedKey: string
}

export function IntegratePage(props: IntegrateProps) {
  const { viewer, notice, token, savedKey } = props
  return (
    <Layout title="Integrate" viewer={viewer} path="/integrate">
      <h1>Integrate</h1>
      <p class="lead">Send your requests to Grok through Metrion in three steps.</p>
      {notice?.kind === 'good' && <Note kind="good">{notice.text}</Note>}
      <TokenCard token={token} />
      <KeyCard
        savedKey={savedKey}
        typedKey={props.typedKey}
        problem={notice?.kind === 'bad' ? notice.text : null}
      />
      <CodeCard origin={props.origin} token={token?.token ?? null} isUnlocked={savedKey !== null} />
      <FirstRequest latest={props.latest} currency={props.currency} />
      {!props.hasPasskey && (
        <p class="hint">
          To sign in again, <a href="/settings">add a passkey</a>. Your one-time link is used up.
        </p>
      )}
    </Layout>
  )
}

function TokenCard({ token }: { token: IntegrateProps['token'] }) {
  return (
    <section class="card" aria-labelledby="token-title">
      <header>
        <h2 id="token-title">
          <span class="step">1</span>Your Metrion token
        </h2>
        {token && <span class="hint">{token.name}</span>}
      </header>
      <p class="hint">
        Use it in place of your API key. Anyone who has it can spend from your account.
      </p>
      {token ? (
        <div class="secret">
          <details>
            <summary>Show token (ends in {token.token.slice(-4)})</summary>
            <code id="token">{token.token}</code>
          </details>
          <button class="plain" type="button" data-copy="token" data-needs-script>
            Copy
          </button>
        </div>
      ) : (
        <form method="post" action="/integrate/token">
          <p>This account has no active token.</p>
          <button type="submit">Create token</button>
        </form>
      )}
    </section>
  )
}

interface KeyCardProps {
  savedKey: SavedKey | null
  typedKey: string
  /** The reason why the key was not saved. */
  problem: string | null
}

function KeyCard({ savedKey, typedKey, problem }: KeyCardProps) {
  return (
    <section class="card" aria-labelledby="key-title">
      <header>
        <h2 id="key-title">
          <span class="step">2</span>Your xAI key
        </h2>
        {savedKey && (
          <span class="hint">
            Saved, ends in <code>{savedKey.lastFour}</code>
          </span>
        )}
      </header>
      {problem && <Note kind="bad">{problem}</Note>}
      {savedKey ? (
        <>
          <details open={problem !== null}>
            <summary>Replace key</summary>
            <KeyForm typedKey={typedKey} label="New xAI key" />
          </details>
          <details>
            <summary>Delete key</summary>
            <form class="stack" method="post" action="/integrate/key/delete">
              <p>
                Applications that use your Metrion token stop working until you save another key.
              </p>
              <button class="danger" type="submit">
                Delete xAI key
              </button>
            </form>
          </details>
        </>
      ) : (
        <>
          <p class="hint">
            Create a key at <a href="https://console.x.ai">console.x.ai</a>. Metrion tests it with
            xAI, then stores it encrypted. Only the last four characters are shown afterwards.
          </p>
          <KeyForm typedKey={typedKey} label="xAI key" />
        </>
      )}
    </section>
  )
}

function KeyForm({ typedKey, label }: { typedKey: string; label: string }) {
  return (
    <form class="stack" method="post" action="/integrate/key">
      <label for="key">{label}</label>
      <div class="field-row">
        <input
          type="password"
          id="key"
          name="key"
          value={typedKey}
          required
          autocomplete="off"
          spellcheck={false}
          placeholder="xai-…"
        />
        <button type="submit">Test and save</button>
      </div>
    </form>
  )
}
