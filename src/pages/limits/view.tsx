import type { BudgetInfo } from '../../spend/budgets/store.ts'
import type { BudgetState } from '../../spend/object/state.ts'
import { Layout, Note, type Notice, type Viewer } from '../../web/layout.tsx'
import { BudgetBar } from './bar.tsx'
import { budgetWords, type Names } from './words.ts'

export interface LimitsProps {
  viewer: Viewer
  budgets: readonly BudgetInfo[]
  /** Null: the account's object does not answer. */
  states: Readonly<Record<string, BudgetState>> | null
  names: Names
  zone: string
  isOwner: boolean
  /** The deployment has the Durable Object that checks limits. */
  isAvailable: boolean
  notice: Notice | null
  nowMs: number
}

export function LimitsPage(props: LimitsProps) {
  const { viewer, budgets, states, isOwner, isAvailable, notice } = props
  return (
    <Layout title="Limits" viewer={viewer} path="/limits">
      <div class="title-row">
        <h1>Limits</h1>
        {isOwner && isAvailable && (
          <a class="button" href="/limits/new">
            New budget
          </a>
        )}
      </div>
      <p class="lead">
        Budgets reject requests, or stop running streams, before the limit is exceeded. A request
        must fit into every budget that applies to it.
      </p>
      {notice && <Note kind={notice.kind}>{notice.text}</Note>}
      {!isAvailable && (
        <Note kind="bad">
          Budgets and rate limits are not available: this deployment has no Durable Object (the
          binding SPEND in wrangler.toml).
        </Note>
      )}
      {isAvailable && states === null && budgets.length > 0 && (
        <Note kind="bad">
          The amounts cannot be read now: the account’s object does not answer. Reload in a moment.
        </Note>
      )}
      {budgets.length === 0
        ? isAvailable && <NoBudgets isOwner={isOwner} />
        : budgets.map((budget) => <BudgetCard budget={budget} {...props} />)}
    </Layout>
  )
}

function NoBudgets({ isOwner }: { isOwner: boolean }) {
  return (
    <section class="card">
      <p>
        No budget yet: nothing is refused, however much is spent.{' '}
        {isOwner
          ? 'Begin with one for the whole account and month; then, say, one a day for each requester.'
          : 'An owner of the account can create one.'}
      </p>
      <p class="hint">
        Requests a minute, tokens a minute and requests at once are limits of a token: open it under{' '}
        <a href="/settings/tokens">Tokens</a>.
      </p>
    </section>
  )
}

const SHOWN = 5

type CardProps = LimitsProps & { budget: BudgetInfo }

function BudgetCard({ budget, states, names, zone, nowMs }: CardProps) {
  const values = states?.[budget.id]?.values ?? []
  const bar = (state: (typeof values)[number]) => (
    <BudgetBar budget={budget} state={state} names={names} zone={zone} nowMs={nowMs} />
  )
  return (
    <section class="card" aria-labelledby={`budget-${budget.id}`}>
      <header>
        <h2 id={`budget-${budget.id}`}>
          <a href={`/limits/${budget.id}`}>{budget.name}</a>
        </h2>
        <span class="hint">{budgetWords(budget, names)}</span>
      </header>
      {values.slice(0, SHOWN).map(bar)}
      {states !== null && values.length === 0 && (
        <p class="hint">Nothing has been spent in this window.</p>
      )}
      {values.length > SHOWN && (
        <p>
          <a href={`/limits/${budget.id}`}>{values.length - SHOWN} more</a>
        </p>
      )}
    </section>
  )
}
