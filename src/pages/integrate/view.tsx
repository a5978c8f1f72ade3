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
  /** A key that was refused, so that it can be mended rather than pasted again. */
  typedKey: string
}

export function IntegratePage(props: IntegrateProps) {
  const { viewer, notice, token, savedKey } = props
  return (
    <Layout title="Integrate" viewer={viewer} path="/integrate">
      <h1>Integrate</h1>
      <p class="lead">Three steps, and every request to Grok is in your ledger.</p>
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
          So that you can come back: <a href="/settings">add a passkey</a>. Your link has let you in
          once and is used up.
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
      <p class="hint">It goes where your API key was. Whoever has it spends on your account.</p>
      {token ? (
        <div class="secret">
          <details>
            <summary>Show the token (ends in {token.token.slice(-4)})</summary>
            <code id="token">{token.token}</code>
          </details>
          <button class="plain" type="button" data-copy="token" data-needs-script>
            Copy
          </button>
        </div>
      ) : (
        <form method="post" action="/integrate/token">
          <p>Every token of this account is revoked.</p>
          <button type="submit">Create a token</button>
        </form>
      )}
    </section>
  )
}

interface KeyCardProps {
  savedKey: SavedKey | null
  typedKey: string
  /** Why the typed key was not saved. */
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
            <summary>Replace it</summary>
            <KeyForm typedKey={typedKey} label="New xAI key" />
          </details>
          <details>
            <summary>Delete it</summary>
            <form class="stack" method="post" action="/integrate/key/delete">
              <p>
                Applications that use your Metrion token will be refused until another key is saved.
              </p>
              <button class="danger" type="submit">
                Delete the key
              </button>
            </form>
          </details>
        </>
      ) : (
        <>
          <p class="hint">
            Make one at <a href="https://console.x.ai">console.x.ai</a>. It is tried at xAI, then
            sealed; from then on only its last four characters are shown.
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
        <button type="submit">Try and save</button>
      </div>
    </form>
  )
}
