import type { RevealedToken } from '../../credentials/tokens/reveal-store.ts'
import { When } from '../../web/when.tsx'

const GRACES = [
  { hours: 1, title: 'works for 1 more hour' },
  { hours: 24, title: 'works for 24 more hours' },
  { hours: 168, title: 'works for 7 more days' },
]

export function SecretCard({ token, nowMs }: { token: RevealedToken; nowMs: number }) {
  const { formerUntilMs } = token
  return (
    <section class="card" aria-labelledby="secret-title">
      <header>
        <h2 id="secret-title">Secret</h2>
      </header>
      {token.token === null ? (
        <p class="hint">
          It ends in <code>{token.lastFour}</code>. Only an owner, or who created this token, can
          see or replace it.
        </p>
      ) : (
        <details>
          <summary>Show the secret (ends in {token.lastFour})</summary>
          <div class="secret">
            <code id="token-text">{token.token}</code>
            <button class="plain" type="button" data-copy="token-text" data-needs-script>
              Copy
            </button>
          </div>
        </details>
      )}
      {formerUntilMs !== null && formerUntilMs > nowMs && (
        <p class="hint">
          The previous secret works until <When ms={formerUntilMs} />.
        </p>
      )}
      {token.token !== null && <Rotate id={token.id} />}
      <p class="actions">
        {token.token !== null && (
          <a class="button danger" href={`/tokens/${token.id}/regenerate`}>
            Regenerate token
          </a>
        )}
        <a class="button danger" href={`/tokens/${token.id}/revoke`}>
          Revoke token
        </a>
      </p>
    </section>
  )
}

function Rotate({ id }: { id: string }) {
  return (
    <form class="stack" method="post" action={`/tokens/${id}/rotate`}>
      <label for="grace">Rotate: the current secret</label>
      <div class="field-row">
        <select id="grace" name="graceHours">
          {GRACES.map(({ hours, title }) => (
            <option value={String(hours)} selected={hours === 24}>
              {title}
            </option>
          ))}
        </select>
        <button class="plain" type="submit">
          Rotate
        </button>
      </div>
    </form>
  )
}
