import type { ApiTokenInfo } from '../../credentials/api-tokens/store.ts'
import { SCOPES } from '../../credentials/api-tokens/token.ts'
import { LastUsed, When } from '../../web/when.tsx'

export interface ApiTokensProps {
  tokens: readonly ApiTokenInfo[]
  /** The new token, shown in this response only. */
  made: string | null
  /** The rejected name; `problem` is the reason. */
  typed: string
  problem: string | null
  mayChange: boolean
}

export function ApiTokensCard({ tokens, made, typed, problem, mayChange }: ApiTokensProps) {
  return (
    <section class="card" aria-labelledby="api-tokens-title">
      <header>
        <h2 id="api-tokens-title">API tokens</h2>
        <a href="/reference">API reference</a>
      </header>
      <p class="hint">
        API tokens read this account’s data as JSON. They cannot change anything. Removing a member
        deletes the API tokens that they created.
      </p>
      {made && (
        <div class="note good" role="status">
          <p>Copy the API token now. It is shown only once.</p>
          <div class="secret">
            <code id="api-token">{made}</code>
            <button class="plain" type="button" data-copy="api-token" data-needs-script>
              Copy
            </button>
          </div>
        </div>
      )}
      {tokens.length > 0 && (
        <ul class="rows">
          {tokens.map((token) => (
            <li>
              <div>
                <strong>{token.name}</strong> <code>mk-metrion-…{token.lastFour}</code>
                <p class="hint">
                  Can read {token.scopes.join(' and ')}. Created by {token.createdBy}{' '}
                  <When ms={token.createdAtMs} />, <LastUsed ms={token.lastUsedAtMs} />
                </p>
              </div>
              {mayChange && <RevokeApiToken token={token} />}
            </li>
          ))}
        </ul>
      )}
      {mayChange && <NewApiToken typed={typed} problem={problem} />}
    </section>
  )
}

/** Asks first: programs that read with it stop at once. */
function RevokeApiToken({ token }: { token: ApiTokenInfo }) {
  return (
    <details>
      <summary>Revoke</summary>
      <form method="post" action={`/settings/api-tokens/${token.id}/revoke`}>
        <p class="hint">Programs that read with it stop at once.</p>
        <button class="danger" type="submit" aria-label={`Revoke the API token ${token.name}`}>
          Revoke API token
        </button>
      </form>
    </details>
  )
}

function NewApiToken({ typed, problem }: Pick<ApiTokensProps, 'typed' | 'problem'>) {
  return (
    <form class="stack" method="post" action="/settings/api-tokens">
      {problem && (
        <p class="note bad" role="alert">
          {problem}
        </p>
      )}
      <label for="api-token-name">API token name</label>
      <input
        type="text"
        id="api-token-name"
        name="name"
        value={typed}
        required
        maxlength={100}
        placeholder="Monthly report"
      />
      <fieldset>
        <legend>Can read</legend>
        {Object.entries(SCOPES).map(([scope, means]) => (
          <label class="check">
            <input type="checkbox" name={scope} checked />
            {means}
          </label>
        ))}
      </fieldset>
      <div class="actions">
        <button type="submit">Create API token</button>
      </div>
    </form>
  )
}
