import { count } from '../../http/format.ts'
import type { BudgetInfo } from '../../spend/budgets/store.ts'
import { amountOf } from '../../spend/lease/refusal.ts'
import type { BudgetState } from '../../spend/object/state.ts'
import type { Cause, Preview, WindowUse } from '../../spend/report-store.ts'
import { Layout, Note, type Notice, type Viewer } from '../../web/layout.tsx'
import { BudgetBar } from './bar.tsx'
import type { BudgetFields } from './fields.ts'
import { HistoryCard } from './history-card.tsx'
import { BudgetForm, type FormProps } from './form.tsx'
import { budgetWords, logUrl, valueTitle, type Names } from './words.ts'

export interface DetailProps extends Omit<FormProps, 'action' | 'save' | 'fields'> {
  viewer: Viewer
  /** Null: a new one. */
  budget: BudgetInfo | null
  fields: BudgetFields
  state: BudgetState | null
  /** The last windows, the running one first. */
  history: readonly WindowUse[]
  causes: readonly Cause[]
  /** Null: not asked for. */
  preview: { budget: BudgetInfo; result: Preview } | null
  names: Names
  notice: Notice | null
  nowMs: number
}

export function BudgetPage(props: DetailProps) {
  const { viewer, budget, notice, names, preview } = props
  return (
    <Layout title={budget?.name ?? 'New budget'} viewer={viewer} path="/limits">
      <p>
        <a href="/limits">Limits</a>
      </p>
      <h1>{budget?.name ?? 'New budget'}</h1>
      {budget && <p class="lead">{budgetWords(budget, names)}</p>}
      {notice && <Note kind={notice.kind}>{notice.text}</Note>}
      {preview && <PreviewNote {...preview} names={names} />}
      {budget && <Now {...props} budget={budget} />}
      {budget && <HistoryCard {...props} budget={budget} />}
      <section class="card" aria-labelledby="form-title">
        <header>
          <h2 id="form-title">{budget ? 'Change this budget' : 'What it limits'}</h2>
        </header>
        <BudgetForm
          {...props}
          action={budget ? `/limits/${budget.id}` : '/limits/new'}
          save={budget ? 'Save' : 'Create budget'}
        />
      </section>
      {budget && props.isOwner && <DeleteCard budget={budget} />}
    </Layout>
  )
}

/** What the budget would have done last month, before it is saved. */
function PreviewNote({
  budget,
  result,
  names,
}: NonNullable<DetailProps['preview']> & { names: Names }) {
  const { windows, exceeded, total, beyond, worst } = result
  const amount = (value: number): string => amountOf(budget.meter, value)
  if (total === 0)
    return <Note kind="good">Nothing was used last month, so it would have refused nothing.</Note>
  if (exceeded === 0)
    return (
      <Note kind="good">
        Last month it would have refused nothing: {amount(total)} were used, in no {budget.window}{' '}
        more than the limit.
      </Note>
    )
  return (
    <Note kind="bad">
      Last month it would have {budget.action === 'warn' ? 'warned about' : 'refused'}{' '}
      {amount(beyond)} of {amount(total)}, in {exceeded} of {count(windows)}{' '}
      {windows === 1 ? 'window' : 'windows'}
      {worst !== null && budget.scope !== 'account' && (
        <>, most of it for {valueTitle(budget.scope, worst, names)}</>
      )}
      . It has not been saved.
    </Note>
  )
}

export type OfBudget = DetailProps & { budget: BudgetInfo }

function Now({ budget, state, names, zone, nowMs, causes }: OfBudget) {
  const values = state?.values ?? []
  const startMs = values[0]?.startMs ?? 0
  const from = startMs > 0 ? { from: new Date(startMs).toISOString() } : {}
  return (
    <section class="card" aria-labelledby="now-title">
      <header>
        <h2 id="now-title">Running window</h2>
        <span class="hint">
          <a href={refusedUrl(budget, from)}>Refused and stopped</a>
        </span>
      </header>
      {state === null && <p class="bad">The amounts cannot be read now; reload in a moment.</p>}
      {state !== null && values.length === 0 && <p class="hint">Nothing has been spent yet.</p>}
      {values.map((one) => (
        <BudgetBar budget={budget} state={one} names={names} zone={zone} nowMs={nowMs} />
      ))}
      <Causes {...{ budget, causes, names, from }} />
    </section>
  )
}

/** The log with what budgets have refused and stopped; of each value, if it is for each. */
const refusedUrl = (budget: BudgetInfo, from: Record<string, string>): string =>
  logUrl(budget.value === null ? { scope: 'account' } : budget, budget.value ?? '', {
    ...from,
    errorCode: 'budget_exceeded',
  })

function Causes({
  budget,
  causes,
  names,
  from,
}: Pick<OfBudget, 'budget' | 'causes' | 'names'> & { from: Record<string, string> }) {
  if (causes.length === 0) return null
  return (
    <>
      <h3>Who filled it</h3>
      <ul class="rows">
        {causes.map(({ by, key, amount }) => (
          <li>
            <span>
              <span class="quiet">{by}</span>{' '}
              <a href={logUrl({ scope: by }, key, from)}>{valueTitle(by, key, names)}</a>
            </span>
            <span>{amountOf(budget.meter, amount)}</span>
          </li>
        ))}
      </ul>
    </>
  )
}

function DeleteCard({ budget }: { budget: BudgetInfo }) {
  return (
    <section class="card danger" aria-labelledby="delete-title">
      <header>
        <h2 id="delete-title">Delete this budget</h2>
      </header>
      <form class="stack" method="post" action={`/limits/${budget.id}/delete`}>
        <p class="hint">Requests that it would refuse pass within a minute everywhere.</p>
        <button class="danger" type="submit">
          Delete {budget.name}
        </button>
      </form>
    </section>
  )
}
