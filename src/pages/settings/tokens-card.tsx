import type { RevealedToken } from '../../credentials/tokens/store.ts'
import { TOKEN_SCOPES, type TokenScope } from '../../credentials/tokens/token.ts'
import { lastUsed, when } from '../../http/format.ts'

export type ListedToken = RevealedToken & { lastUsedAtMs: number | null }

export function TokensCard({ tokens }: { tokens: readonly ListedToken[] }) {
  return (
    <section class="card" aria-labelledby="tokens-title">
      <header>
        <h2 id="tokens-title">Metrion tokens</h2>
      </header>
      <p class="hint">
        One for each application, so that one can be revoked without the others, and costs break
        down by it.
      </p>
      {tokens.length > 0 && (
        <ul class="rows">
          {tokens.map((token) => (
            <TokenRow token={token} />
          ))}
        </ul>
      )}
      <form class="stack" method="post" action="/settings/tokens">
        <label for="token-name">Name of the new token</label>
        <div class="field-row">
          <input
            type="text"
            id="token-name"
            name="name"
            required
            maxlength={100}
            placeholder="Production"
          />
          <ScopeSelect scope="inference" label="Scope of the new token" />
          <button type="submit">Create a token</button>
        </div>
        <p class="hint">
          With <code>inference</code> a token makes answers, and uses the files, responses, batches
          and voices that it has made itself. With <code>all</code> it also lists and deletes those
          of the whole xAI account.
        </p>
      </form>
    </section>
  )
}

function ScopeSelect({ scope, label }: { scope: TokenScope; label: string }) {
  return (
    <select name="scope" aria-label={label}>
      {TOKEN_SCOPES.map((one) => (
        <option value={one} selected={one === scope}>
          {one}
        </option>
      ))}
    </select>
  )
}

function TokenRow({ token }: { token: ListedToken }) {
  const path = `/settings/tokens/${token.id}`
  return (
    <li>
      <div>
        <strong>{token.name}</strong>
        <p class="hint">
          Scope <code>{token.scope}</code>, made {when(token.createdAtMs)},{' '}
          {lastUsed(token.lastUsedAtMs)}
        </p>
      </div>
      <details>
        <summary>Show and change {token.name}</summary>
        <div class="secret">
          <code id={`token-${token.id}`}>{token.token}</code>
          <button class="plain" type="button" data-copy={`token-${token.id}`} data-needs-script>
            Copy
          </button>
        </div>
        <p class="hint">
          Applications that use it are refused as soon as it is revoked or regenerated.
        </p>
        <form class="field-row" method="post" action={`${path}/scope`}>
          <ScopeSelect scope={token.scope} label={`Scope of ${token.name}`} />
          <button class="plain" type="submit">
            Change the scope
          </button>
        </form>
        <div class="field-row">
          <form method="post" action={`${path}/regenerate`}>
            <button class="danger" type="submit">
              Regenerate
            </button>
          </form>
          <form method="post" action={`${path}/revoke`}>
            <button class="danger" type="submit">
              Revoke
            </button>
          </form>
        </div>
      </details>
    </li>
  )
}
