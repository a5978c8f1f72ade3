import { Hono, type Context } from 'hono'
import type { SignedIn } from '../../credentials/sessions/middleware.ts'
import { listTokens } from '../../credentials/tokens/store.ts'
import { tokenTitle, tokenTitles } from '../../credentials/tokens/names-store.ts'
import { readForm, readInput } from '../../http/input.ts'
import { isRefusal } from '../../http/refusals.ts'
import { readAccountSettings } from '../../people/accounts/settings-store.ts'
import { newBudget } from '../../spend/budgets/input.ts'
import { refuseBudget, stateOf, statesOf, TOO_MANY } from '../../spend/budgets/route.ts'
import {
  createBudget,
  deleteBudget,
  findBudget,
  listBudgets,
  updateBudget,
  type BudgetInfo,
} from '../../spend/budgets/store.ts'
import { refuseSpend } from '../../spend/stub-store.ts'
import { readCauses, readHistory, readPreview } from '../../spend/report-store.ts'
import { periodAt } from '../../spend/window.ts'
import { ErrorPage } from '../../web/error-page.tsx'
import type { Notice } from '../../web/layout.tsx'
import { messageOf } from '../../web/words.ts'
import { BudgetPage, type DetailProps } from './detail-view.tsx'
import { fieldsOf, NEW_BUDGET, toBody, typedFields, type BudgetFields } from './fields.ts'
import { LimitsPage } from './view.tsx'

export const limitPages = new Hono<SignedIn>()

const NOTICES: Record<string, Notice> = {
  created: { kind: 'good', text: 'Created. It counts what the ledger has of the running window.' },
  saved: { kind: 'good', text: 'Saved. It takes effect everywhere within about a minute.' },
  deleted: { kind: 'good', text: 'Deleted.' },
  'owners-only': { kind: 'bad', text: 'Only owners of the account can change budgets.' },
}

const noticeOf = (c: Context<SignedIn>): Notice | null =>
  NOTICES[c.req.query('notice') ?? ''] ?? null

const zoneOf = async (c: Context<SignedIn>): Promise<string> =>
  (await readAccountSettings(c.env.DB, c.get('member').accountId)).timeZone ?? 'UTC'

limitPages.get('/', async (c) => {
  const { name, accountId, accountName, role } = c.get('member')
  const [budgets, states, names, zone] = await Promise.all([
    listBudgets(c.env, accountId),
    statesOf(c.env, accountId),
    tokenTitles(c.env, accountId),
    zoneOf(c),
  ])
  return c.html(
    <LimitsPage
      viewer={{ name, accountName }}
      budgets={budgets}
      states={states}
      names={names}
      zone={zone}
      isOwner={role === 'owner'}
      isAvailable={refuseSpend(c.env, true) === null}
      notice={noticeOf(c)}
      nowMs={Date.now()}
    />,
  )
})

/** A budget's page, or the form of a new one. */
async function show(
  c: Context<SignedIn>,
  budget: BudgetInfo | null,
  typed: { fields?: BudgetFields; notice?: Notice; preview?: DetailProps['preview'] } = {},
): Promise<Response> {
  const { name, accountId, accountName, role } = c.get('member')
  const nowMs = Date.now()
  const zone = await zoneOf(c)
  const period = budget && periodAt(budget.window, zone, nowMs)
  const ledger = c.env.LEDGER
  const [tokens, names, state, history, causes] = await Promise.all([
    listTokens(c.env, accountId),
    tokenTitles(c.env, accountId),
    budget ? stateOf(c.env, accountId, budget.id) : null,
    budget ? unlessDown(readHistory(ledger, accountId, budget, zone, nowMs)) : [],
    budget && period ? unlessDown(readCauses(ledger, accountId, budget, period, nowMs)) : [],
  ])
  return c.html(
    <BudgetPage
      viewer={{ name, accountName }}
      budget={budget}
      fields={typed.fields ?? (budget ? fieldsOf(budget) : NEW_BUDGET)}
      tokens={tokens
        .filter(({ revokedAtMs }) => revokedAtMs === null)
        .map((token) => ({ id: token.id, name: tokenTitle(token) }))}
      isOwner={role === 'owner'}
      zone={zone}
      state={state}
      history={history}
      causes={causes}
      preview={typed.preview ?? null}
      names={names}
      notice={typed.notice ?? noticeOf(c)}
      nowMs={nowMs}
    />,
    typed.notice?.kind === 'bad' ? 400 : 200,
  )
}

/** An empty list if the ledger does not answer, which is logged. */
const unlessDown = <T,>(read: Promise<T[]>): Promise<T[]> =>
  read.catch((error: unknown) => {
    console.error('ledger not read', String(error))
    return []
  })

const notFound = (c: Context<SignedIn>): Response | Promise<Response> =>
  c.html(
    <ErrorPage
      viewer={c.get('member')}
      title="Budget not found"
      message="Your account has no such budget. Limits lists all that there are."
    />,
    404,
  )

limitPages.use('*', async function ownersChange(c, next) {
  if (c.req.method === 'POST' && c.get('member').role !== 'owner')
    return c.redirect('/limits?notice=owners-only', 303)
  await next()
  return undefined
})

/** Reads the form, and shows it again with what is wrong, or with a preview; otherwise the budget that it makes. */
async function readBudget(c: Context<SignedIn>, budget: BudgetInfo | null) {
  const { accountId } = c.get('member')
  const form = await readForm(c.req.raw)
  const fields = typedFields(form)
  const nowMs = Date.now()
  const input = readInput(newBudget, toBody(fields, nowMs))
  const refused = isRefusal(input) ? input : await refuseBudget(c.env, accountId, input)
  if (refused || isRefusal(input)) {
    const text = messageOf(refused ?? TOO_MANY)
    return show(c, budget, { fields, notice: { kind: 'bad', text } })
  }
  if (form['preview'] === undefined) return input
  const proposed = { ...input, id: '', createdAtMs: nowMs, changedAtMs: nowMs }
  const result = await readPreview(c.env.LEDGER, accountId, proposed, await zoneOf(c), nowMs)
  return show(c, budget, { fields, preview: { budget: proposed, result } })
}

limitPages.get('/new', (c) => show(c, null))

limitPages.post('/new', async (c) => {
  const input = await readBudget(c, null)
  if (input instanceof Response) return input
  const created = await createBudget(c.env, c.get('member'), input, Date.now())
  if (created) return c.redirect(`/limits/${created.id}?notice=created`, 303)
  return show(c, null, { notice: { kind: 'bad', text: messageOf(TOO_MANY) } })
})

limitPages.get('/:id', async (c) => {
  const budget = await findBudget(c.env, c.get('member').accountId, c.req.param('id'))
  return budget ? show(c, budget) : notFound(c)
})

limitPages.post('/:id', async (c) => {
  const member = c.get('member')
  const budget = await findBudget(c.env, member.accountId, c.req.param('id'))
  if (!budget) return notFound(c)
  const input = await readBudget(c, budget)
  if (input instanceof Response) return input
  await updateBudget(c.env, member, budget.id, input, Date.now())
  return c.redirect(`/limits/${budget.id}?notice=saved`, 303)
})

limitPages.post('/:id/delete', async (c) => {
  const deleted = await deleteBudget(c.env, c.get('member'), c.req.param('id'), Date.now())
  return deleted ? c.redirect('/limits?notice=deleted', 303) : notFound(c)
})
