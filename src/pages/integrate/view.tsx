import type { SavedKey } from '../../credentials/keys/store.ts'
import type { RequestRow } from '../../reports/requests/store.ts'
import { Layout, Note, type Notice, type Viewer } from '../../web/layout.tsx'
import type { Currency } from '../../http/money.ts'
import { CodeCard } from './code-card.tsx'
import { KeyCard } from '../settings/key-card.tsx'
import type { Checklist } from '../../people/accounts/checklist-store.ts'
import { ChecklistCard } from '../start/checklist.tsx'
import { FirstRequest } from './first-request.tsx'

export interface IntegrateProps {
  viewer: Viewer
  origin: string
  /** A token that can be used. `token` null: this member may not see it. Null: every token is revoked. */
  token: { name: string; lastFour: string; token: string | null } | null
  mayChange: boolean
  savedKey: SavedKey | null
  latest: RequestRow | null
  currency: Currency
  /** Whether the member has no way to sign in again, and no first steps that say so. */
  needsPasskey: boolean
  checklist: Checklist | null
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
      {props.checklist && <ChecklistCard done={props.checklist} />}
      <TokenCard token={token} mayChange={props.mayChange} />
      <KeyCard
        step={2}
        back="/integrate"
        savedKey={savedKey}
        mayChange={props.mayChange}
        typedKey={props.typedKey}
        problem={notice?.kind === 'bad' ? notice.text : null}
      />
      <CodeCard origin={props.origin} hasKey={savedKey !== null} />
      <FirstRequest latest={props.latest} currency={props.currency} />
      {props.needsPasskey && (
        <p class="hint">
          To sign in again, <a href="/settings/security">add a passkey</a>. A one-time link works
          once.
        </p>
      )}
    </Layout>
  )
}

function TokenCard({ token, mayChange }: Pick<IntegrateProps, 'token' | 'mayChange'>) {
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
      {token?.token && (
        <div class="secret">
          <details>
            <summary>Show token (ends in {token.lastFour})</summary>
            <code id="token">{token.token}</code>
          </details>
          <button class="plain" type="button" data-copy="token" data-needs-script>
            Copy
          </button>
        </div>
      )}
      {token?.token === null && (
        <p>
          It ends in <code>{token.lastFour}</code>. Only an owner, or who created it, can see it;
          you can <a href="/settings/tokens">create your own</a>.
        </p>
      )}
      {token === null && mayChange && (
        <form method="post" action="/integrate/token">
          <p>This account has no active token.</p>
          <button type="submit">Create token</button>
        </form>
      )}
    </section>
  )
}
