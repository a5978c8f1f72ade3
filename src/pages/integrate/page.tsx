import { Hono, type Context } from 'hono'
import type { SignedIn } from '../../credentials/sessions/middleware.ts'
import { isRefusal } from '../../http/refusals.ts'
import { show as showSettings } from '../settings/show-page.tsx'
import { ChecklistCard } from '../start/checklist.tsx'
import { readForm, readInput } from '../../http/input.ts'
import { newKey } from '../../credentials/keys/input.ts'
import { deleteProviderKey, findSavedKey, checkAndSaveKey } from '../../credentials/keys/store.ts'
import { readAccountSettings } from '../../people/accounts/settings-store.ts'
import { latestRequest } from '../../reports/requests/store.ts'
import { listPasskeys } from '../../people/passkeys/store.ts'
import { createToken } from '../../credentials/tokens/store.ts'
import { revealTokens, type RevealedToken } from '../../credentials/tokens/reveal-store.ts'
import { isUsable } from '../../credentials/tokens/token.ts'
import type { Notice } from '../../web/layout.tsx'
import { messageOf } from '../../web/words.ts'
import { checklistOf } from '../start/checklist-store.ts'
import { FirstRequest } from './first-request.tsx'
import { IntegratePage, type IntegrateProps } from './view.tsx'

export const integratePages = new Hono<SignedIn>()

type Changes = Pick<IntegrateProps, 'notice'> & { typedKey?: string }

const NOTICES: Record<string, Notice> = {
  saved: { kind: 'good', text: 'xAI accepted the key. It is saved, encrypted.' },
  untried: { kind: 'good', text: 'The key is saved, but could not be tested with xAI just now.' },
  deleted: {
    kind: 'good',
    text: 'The key is deleted from Metrion. Revoke it at console.x.ai too.',
  },
}

/** One that this member may see, if there is one. */
function shownOf(tokens: readonly RevealedToken[]): RevealedToken | null {
  const usable = tokens.filter((token) => isUsable(token, Date.now()))
  return usable.find(({ token }) => token !== null) ?? usable[0] ?? null
}

async function show(c: Context<SignedIn>, { notice, typedKey = '' }: Changes): Promise<Response> {
  const member = c.get('member')
  const { id, accountId, accountName, name } = member
  const [tokens, savedKey, latest, passkeys, currency] = await Promise.all([
    revealTokens(c.env, member),
    findSavedKey(c.env, accountId),
    latestRequest(c.env.LEDGER, accountId),
    listPasskeys(c.env.DB, id),
    readAccountSettings(c.env.DB, accountId),
  ])
  const checklist = await checklistOf(c.env, member, latest)
  return c.html(
    <IntegratePage
      checklist={checklist}
      viewer={{ name, accountName }}
      origin={new URL(c.req.url).origin}
      token={shownOf(tokens)}
      mayChange={member.role !== 'viewer'}
      savedKey={savedKey}
      latest={latest}
      currency={currency}
      needsPasskey={checklist === null && passkeys.length === 0 && member.accessEmail === null}
      notice={notice}
      typedKey={typedKey}
    />,
    notice?.kind === 'bad' ? 400 : 200,
  )
}

integratePages.get('/', (c) => show(c, { notice: NOTICES[c.req.query('notice') ?? ''] ?? null }))

/** The card of the first request, and the steps that are left, polled by the script. 204 until there is a request. */
integratePages.get('/first-request', async (c) => {
  const member = c.get('member')
  const latest = await latestRequest(c.env.LEDGER, member.accountId)
  if (latest === null) return c.body(null, 204)
  const [currency, checklist] = await Promise.all([
    readAccountSettings(c.env.DB, member.accountId),
    checklistOf(c.env, member, latest),
  ])
  return c.html(
    <>
      <FirstRequest latest={latest} currency={currency} />
      {checklist && <ChecklistCard done={checklist} />}
    </>,
  )
})

const SECURITY = '/settings/security'

/** The settings have notices of their own. */
const backTo = (back: string | undefined, notice: string): string =>
  back === SECURITY ? `${SECURITY}?notice=key-${notice}` : `/integrate?notice=${notice}`

integratePages.post('/key', async (c) => {
  const { key: typedKey = '', back } = await readForm(c.req.raw)
  const input = readInput(newKey, { key: typedKey })
  const saved = isRefusal(input) ? input : await checkAndSaveKey(c.env, c.get('member'), input.key)
  if (isRefusal(saved)) {
    const problem = messageOf(saved)
    return back === SECURITY
      ? showSettings(c, 'security', { key: { typedKey, problem } })
      : show(c, { notice: { kind: 'bad', text: problem }, typedKey })
  }
  return c.redirect(backTo(back, saved.check.result === 'accepted' ? 'saved' : 'untried'), 303)
})

integratePages.post('/key/delete', async (c) => {
  const { back } = await readForm(c.req.raw)
  await deleteProviderKey(c.env, c.get('member'))
  return c.redirect(backTo(back, 'deleted'), 303)
})

integratePages.post('/token', async (c) => {
  const member = c.get('member')
  const tokens = await revealTokens(c.env, member)
  if (!tokens.some((token) => isUsable(token, Date.now()))) {
    await createToken(c.env, member, { name: 'new token', scope: 'inference' }, Date.now())
  }
  return c.redirect('/integrate', 303)
})
