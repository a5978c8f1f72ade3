import type { RevealedToken } from '../../credentials/tokens/reveal-store.ts'
import { isUsable, TOKEN_SCOPES, type TokenScope } from '../../credentials/tokens/token.ts'
import { LastUsed, When } from '../../web/when.tsx'

export type ListedToken = RevealedToken & { lastUsedAtMs: number | null }

interface TokensProps {
  tokens: readonly ListedToken[]
  mayChange: boolean
}

export function TokensCard({ tokens, mayChange }: TokensProps) {
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
            <TokenRow token={token} mayChange={mayChange} />
          ))}
        </ul>
      )}
      {mayChange && <NewToken />}
    </section>
  )
}

function NewToken() {
  return (
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

function TokenRow({ token, mayChange }: { token: ListedToken; mayChange: boolean }) {
  return (
    <li>
      <div>
        <strong>{token.name}</strong> <code>…{token.lastFour}</code>{' '}
        {!isUsable(token, Date.now()) && (
          <span class="badge bad">{token.disabled ? 'Disabled' : 'Expired'}</span>
        )}
        <p class="hint">
          Scope <code>{token.scope}</code>, created <When ms={token.createdAtMs} />,{' '}
          <LastUsed ms={token.lastUsedAtMs} />
        </p>
        <p class="hint">
          <a href={`/tokens/${token.id}`} aria-label={`Limits and usage of ${token.name}`}>
            Limits and usage
          </a>
        </p>
      </div>
      {mayChange && <Change token={token} />}
    </li>
  )
}

function Change({ token }: { token: ListedToken }) {
  return (
    <details>
      <summary>Show or change {token.name}</summary>
      {token.token === null ? (
        <p class="hint">Only an owner, or who created this token, can see or replace it.</p>
      ) : (
        <div class="secret">
          <code id={`token-${token.id}`}>{token.token}</code>
          <button class="plain" type="button" data-copy={`token-${token.id}`} data-needs-script>
            Copy
          </button>
        </div>
      )}
      <form class="field-row" method="post" action={`/settings/tokens/${token.id}/scope`}>
        <ScopeSelect scope={token.scope} label={`Scope of ${token.name}`} />
        <button class="plain" type="submit">
          Change scope
        </button>
      </form>
      <p class="field-row">
        {token.token !== null && (
          <a class="button danger" href={`/tokens/${token.id}/regenerate`}>
            Regenerate
          </a>
        )}
        <a class="button danger" href={`/tokens/${token.id}/revoke`}>
          Revoke
        </a>
      </p>
    </details>
  )
}
