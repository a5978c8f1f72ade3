import type { RevealedToken } from '../../credentials/tokens/store.ts'
import { isUsable, TOKEN_SCOPES, type TokenScope } from '../../credentials/tokens/token.ts'
import { lastUsed, when } from '../../http/format.ts'

export type ListedToken = RevealedToken & { lastUsedAtMs: number | null }

export function TokensCard({ tokens }: { tokens: readonly ListedToken[] }) {
  return (
    <section class="card" aria-labelledby="tokens-title">
      <header>
        <h2 id="tokens-title">Metrion tokens</h2>
      </header>
      <p class="hint">
        Create one token per application. You can then revoke it without affecting the others, and
        see its costs separately.
      </p>
      {tokens.length > 0 && (
        <ul class="rows">
          {tokens.map((token) => (
            <TokenRow token={token} />
          ))}
        </ul>
      )}
      <form class="stack" method="post" action="/settings/tokens">
        <label for="token-name">Token name</label>
        <div class="field-row">
          <input
            type="text"
            id="token-name"
            name="name"
            required
            maxlength={100}
            placeholder="Production"
          />
          <ScopeSelect scope="inference" label="Token scope" />
          <button type="submit">Create token</button>
        </div>
        <p class="hint">
          A token with the scope <code>inference</code> can generate answers and use the files,
          responses, batches and voices that it created itself. With <code>all</code>, it can also
          list and delete those of the whole xAI account.
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
        <strong>{token.name}</strong>{' '}
        {!isUsable(token, Date.now()) && (
          <span class="badge bad">{token.disabled ? 'Disabled' : 'Expired'}</span>
        )}
        <p class="hint">
          Scope <code>{token.scope}</code>, created {when(token.createdAtMs)},{' '}
          {lastUsed(token.lastUsedAtMs)}
        </p>
        <p class="hint">
          <a href={`/tokens/${token.id}`} aria-label={`Limits and usage of ${token.name}`}>
            Limits and usage
          </a>
        </p>
      </div>
      <details>
        <summary>Show or change {token.name}</summary>
        <div class="secret">
          <code id={`token-${token.id}`}>{token.token}</code>
          <button class="plain" type="button" data-copy={`token-${token.id}`} data-needs-script>
            Copy
          </button>
        </div>
        <p class="hint">
          When you revoke or regenerate this token, applications that use it stop working.
        </p>
        <form class="field-row" method="post" action={`${path}/scope`}>
          <ScopeSelect scope={token.scope} label={`Scope of ${token.name}`} />
          <button class="plain" type="submit">
            Change scope
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
