import { Hono, type Context } from 'hono'
import type { SignedIn } from '../../credentials/sessions/middleware.ts'
import { matchesAny } from '../../credentials/policy/glob.ts'
import { rotation, tokenChanges } from '../../credentials/tokens/input.ts'
import { rotateToken } from '../../credentials/tokens/rotation-store.ts'
import { findToken, updateToken, type TokenInfo } from '../../credentials/tokens/store.ts'
import { mayReveal, revealTokens } from '../../credentials/tokens/reveal-store.ts'
import { readForm, readInput } from '../../http/input.ts'
import { isRefusal, type Refusal } from '../../http/refusals.ts'
import { DAY_MS, HOUR_MS } from '../../http/time.ts'
import { lastUses } from '../../reports/requests/store.ts'
import { fitRange } from '../../reports/usage/bins.ts'
import { fitToSums } from '../../reports/usage/granularity-store.ts'
import { addUp, costOf } from '../../reports/usage/present.ts'
import { readUsage } from '../../reports/usage/store.ts'
import { refuseRates } from '../../spend/stub-store.ts'
import { ErrorPage } from '../../web/error-page.tsx'
import type { Notice } from '../../web/layout.tsx'
import { messageOf } from '../../web/words.ts'
import { fieldsOf, toChanges, typedFields, type LimitFields } from './fields.ts'
import { useOfToken } from '../../reports/requests/token-use-store.ts'
import { ConfirmPage } from './confirm-view.tsx'
import { TokenPage } from './view.tsx'

export const tokenPages = new Hono<SignedIn>()

const NOTICES: Record<string, Notice> = {
  saved: { kind: 'good', text: 'Saved.' },
  rotated: { kind: 'good', text: 'The token has a new secret. Show it below to copy it.' },
}
const USE_MS = 30 * DAY_MS

/** The use of a token in the last 30 days; zeros if the ledger does not answer, which is logged. */
async function useOf(
  ledger: D1Database,
  accountId: string,
  { id, models }: Pick<TokenInfo, 'id' | 'models'>,
  nowMs: number,
) {
  const cells = await cellsOf(ledger, accountId, id, nowMs).catch((error: unknown) => {
    console.error('ledger not read', String(error))
    return []
  })
  const { requests, failed, ...sums } = addUp(cells)
  const answering = cells.filter((cell) => cell.key !== '' && costOf(cell) > 0)
  const outside = models ? answering.filter(({ key }) => !matchesAny(models, key)) : []
  return {
    requests,
    failed,
    costTicks: costOf({ requests, failed, ...sums }),
    outside: outside.map(({ key }) => key),
  }
}

async function cellsOf(ledger: D1Database, accountId: string, tokenId: string, nowMs: number) {
  const range = await fitToSums(ledger, accountId, fitRange(nowMs - USE_MS, nowMs, undefined))
  const about = { zone: 'UTC', model: [], requester: [], token: [tokenId] }
  const query = { ...range, ...about, groupBy: 'model' as const }
  return (await readUsage(ledger, accountId, query)).cells
}

/** Renders the page; `typed`: fields that were refused, with the reason. */
async function show(
  c: Context<SignedIn>,
  typed: { fields: LimitFields | null; notice: Notice } | null = null,
): Promise<Response> {
  const member = c.get('member')
  const { name, accountId, accountName } = member
  const nowMs = Date.now()
  const tokens = await revealTokens(c.env, member)
  const token = tokens.find(({ id }) => id === c.req.param('id'))
  if (!token) return notFound(c)
  const [use, uses] = await Promise.all([
    useOf(c.env.LEDGER, accountId, token, nowMs),
    lastUses(c.env.LEDGER, accountId, 'token', [token.id]),
  ])
  return c.html(
    <TokenPage
      viewer={{ name, accountName }}
      token={token}
      fields={typed?.fields ?? fieldsOf(token)}
      use={use}
      lastUsedAtMs={uses.get(token.id) ?? null}
      notice={typed?.notice ?? NOTICES[c.req.query('notice') ?? ''] ?? null}
      mayChange={member.role !== 'viewer'}
      nowMs={nowMs}
    />,
    typed ? 400 : 200,
  )
}

const notFound = (c: Context<SignedIn>): Response | Promise<Response> =>
  c.html(
    <ErrorPage
      viewer={c.get('member')}
      title="Token not found"
      message="Your account has no such token, or it is revoked. Settings lists the tokens that can be used."
    />,
    404,
  )

tokenPages.get('/:id', (c) => show(c))

for (const ending of ['revoke', 'regenerate'] as const)
  tokenPages.get(`/:id/${ending}`, async (c) => {
    const { name, accountId, accountName, role } = c.get('member')
    const token = await findToken(c.env, accountId, c.req.param('id'))
    if (token === null) return notFound(c)
    if (role === 'viewer') return c.redirect('/settings?notice=viewers-read', 303)
    const use = await useOfToken(c.env.LEDGER, accountId, token.id, Date.now() - HOUR_MS).catch(
      (error: unknown) => {
        console.error('ledger not read', String(error))
        return null
      },
    )
    const viewer = { name, accountName }
    return c.html(<ConfirmPage viewer={viewer} ending={ending} token={token} use={use} />)
  })

tokenPages.post('/:id', async (c) => {
  const { accountId } = c.get('member')
  const token = await findToken(c.env, accountId, c.req.param('id'))
  if (!token) return notFound(c)
  const fields = typedFields(await readForm(c.req.raw))
  const input = readInput(tokenChanges, toChanges(fields, token))
  const bad = (refusal: Refusal) =>
    show(c, { fields, notice: { kind: 'bad', text: messageOf(refusal) } })
  if (isRefusal(input)) return bad(input)
  const refused = refuseRates(c.env, input)
  if (refused) return bad(refused)
  await updateToken(c.env, c.get('member'), token.id, input, Date.now())
  return c.redirect(`/tokens/${token.id}?notice=saved`, 303)
})

tokenPages.post('/:id/rotate', async (c) => {
  const { graceHours = '' } = await readForm(c.req.raw)
  const hours = graceHours === '' ? null : Number(graceHours)
  const input = readInput(rotation, { graceHours: hours })
  const id = c.req.param('id')
  if (isRefusal(input))
    return show(c, { fields: null, notice: { kind: 'bad', text: messageOf(input) } })
  const member = c.get('member')
  const token = await findToken(c.env, member.accountId, id)
  if (token !== null && !mayReveal(member, token))
    return c.redirect('/settings?notice=not-maker', 303)
  const rotated = await rotateToken(c.env, member, id, input.graceHours, Date.now())
  return rotated ? c.redirect(`/tokens/${id}?notice=rotated`, 303) : notFound(c)
})
