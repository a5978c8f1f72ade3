import { Fact } from '../fact.tsx'
import { Money } from '../money.tsx'
import type { RevealedToken } from '../../credentials/tokens/reveal-store.ts'
import { some } from '../../http/format.ts'
import { Layout, Note, type Notice, type Viewer } from '../../web/layout.tsx'
import type { LimitFields } from './fields.ts'
import { LimitsCard } from './limits-card.tsx'
import { SecretCard } from './secret-card.tsx'
import { When } from '../../web/when.tsx'

export interface TokenPageProps {
  viewer: Viewer
  token: RevealedToken
  fields: LimitFields
  /** The use of the last 30 days. */
  use: {
    requests: number
    failed: number
    costTicks: number
    /** Models that answered and are not among the token's. */
    outside: readonly string[]
  }
  lastUsedAtMs: number | null
  notice: Notice | null
  mayChange: boolean
  nowMs: number
}

export function TokenPage(props: TokenPageProps) {
  const { viewer, token, notice, nowMs } = props
  const isExpired = token.expiresAtMs !== null && token.expiresAtMs <= nowMs
  return (
    <Layout title={`Token ${token.name}`} viewer={viewer} path="/settings">
      <p>
        <a href="/settings/tokens">Tokens</a>
      </p>
      <h1>
        {token.name} <code>…{token.lastFour}</code>{' '}
        {isExpired && <span class="badge bad">Expired</span>}{' '}
        {token.disabled && <span class="badge bad">Disabled</span>}
      </h1>
      {notice && <Note kind={notice.kind}>{notice.text}</Note>}
      {props.use.outside.length > 0 && (
        <Note kind="bad">
          {props.use.outside.join(', ')} answered requests of this token, though not among its
          models: the limit applies to the model that a request names, and xAI may answer with
          another one.
        </Note>
      )}
      <UseCard {...props} />
      <LimitsCard id={token.id} fields={props.fields} mayChange={props.mayChange} />
      {props.mayChange && <SecretCard token={token} nowMs={nowMs} />}
    </Layout>
  )
}

function UseCard({ token, use, lastUsedAtMs }: TokenPageProps) {
  const filter = `token=${encodeURIComponent(token.id)}`
  return (
    <section class="card" aria-labelledby="use-title">
      <header>
        <h2 id="use-title">Usage of the last 30 days</h2>
        <a href={`/dashboard?range=30d&${filter}`}>Dashboard</a>
      </header>
      <dl class="facts">
        <Fact name="Cost">
          <Money ticks={use.costTicks} />
        </Fact>
        <Fact name="Requests">
          <a href={`/logs?${filter}&range=30d`}>{some(use.requests, 'request')}</a>
        </Fact>
        <Fact name="Errors">
          <a href={`/dashboard/errors?range=30d&${filter}`}>{some(use.failed, 'failed request')}</a>
        </Fact>
        <Fact name="Created">
          <When ms={token.createdAtMs} />
        </Fact>
        <Fact name="Last request">
          {lastUsedAtMs === null ? 'none yet' : <When ms={lastUsedAtMs} />}
        </Fact>
      </dl>
    </section>
  )
}
