import { Hono, type Context } from 'hono'
import { listAudit, recordAudit } from '../../audit/store.ts'
import { tracesOf } from './traces-page.tsx'
import { managementKeyOf } from './management-key-page.tsx'
import { apiTokensOf } from './api-tokens-page.tsx'
import { isRefusal } from '../../http/refusals.ts'
import { readForm, readInput } from '../../http/input.ts'
import { renaming } from '../../people/passkeys/input.ts'
import { removePasskey, renamePasskey } from '../../people/passkeys/store.ts'
import {
  currentSecret,
  requireOwner,
  type SignedIn,
} from '../../credentials/sessions/middleware.ts'
import { endSessions } from '../../credentials/sessions/store.ts'
import { newToken, tokenChanges } from '../../credentials/tokens/input.ts'
import { rotateToken } from '../../credentials/tokens/rotation-store.ts'
import { accountFormsOf } from './account/page.tsx'
import { createToken, findToken, revokeToken, updateToken } from '../../credentials/tokens/store.ts'
import { mayReveal } from '../../credentials/tokens/reveal-store.ts'
import { AuditPage } from './audit-view.tsx'
import { membersOf } from './members-page.tsx'
import { SECTIONS } from './frame.tsx'
import { NOTICE_SECTIONS } from './notices.ts'
import { show } from './show-page.tsx'

export const settingsPages = new Hono<SignedIn>()

const AUDIT_ROWS = 100

settingsPages.get('/', async (c) => {
  const { search } = new URL(c.req.url)
  const section = NOTICE_SECTIONS[c.req.query('notice') ?? '']
  return section ? c.redirect(`${SECTIONS[section].path}${search}`, 303) : show(c, 'account')
})
for (const section of ['tokens', 'people', 'security', 'data'] as const)
  settingsPages.get(`/${section}`, (c) => show(c, section))

settingsPages.route(
  '/',
  accountFormsOf((c, refused) =>
    show(c, refused.form === 'delete' ? 'data' : 'account', { refused }),
  ),
)

settingsPages.post('/tokens', async (c) => {
  const input = readInput(newToken, await readForm(c.req.raw))
  if (isRefusal(input)) return c.redirect('/settings?notice=no-name', 303)
  await createToken(c.env, c.get('member'), input, Date.now())
  return c.redirect('/settings?notice=made', 303)
})

settingsPages.post('/tokens/:id/scope', async (c) => {
  const { scope } = await readForm(c.req.raw)
  const input = readInput(tokenChanges, { scope })
  const changed = isRefusal(input)
    ? null
    : await updateToken(c.env, c.get('member'), c.req.param('id'), input, Date.now())
  return c.redirect(`/settings?notice=${changed ? 'rescoped' : 'gone'}`, 303)
})

/** After a member was removed: those tokens whose texts that member may have. */
settingsPages.post('/tokens/regenerate-all', requireOwner, async (c) => {
  const member = c.get('member')
  const { ids = '' } = await readForm(c.req.raw)
  for (const id of ids.split(' ').filter(Boolean))
    await rotateToken(c.env, member, id, 0, Date.now())
  return c.redirect('/settings?notice=all-regenerated', 303)
})

settingsPages.post('/tokens/:id/regenerate', async (c) => {
  const member = c.get('member')
  const token = await findToken(c.env, member.accountId, c.req.param('id'))
  if (token !== null && !mayReveal(member, token))
    return c.redirect('/settings?notice=not-maker', 303)
  const replaced = await rotateToken(c.env, member, c.req.param('id'), 0, Date.now())
  return c.redirect(`/settings?notice=${replaced ? 'regenerated' : 'gone'}`, 303)
})

settingsPages.post('/tokens/:id/revoke', async (c) => {
  const revoked = await revokeToken(c.env, c.get('member'), c.req.param('id'), Date.now())
  return c.redirect(`/settings?notice=${revoked ? 'revoked' : 'gone'}`, 303)
})

settingsPages.post('/passkeys/:id/name', async (c) => {
  const input = readInput(renaming, await readForm(c.req.raw))
  if (isRefusal(input)) return c.redirect('/settings?notice=unnamed', 303)
  await renamePasskey(c.env.DB, c.get('member').id, c.req.param('id'), input.name)
  return c.redirect('/settings?notice=renamed', 303)
})

settingsPages.post('/passkeys/:id/remove', async (c) => {
  const removed = await removePasskey(c.env.DB, c.get('member'), c.req.param('id'), Date.now())
  return c.redirect(`/settings?notice=${removed ? 'removed' : 'last'}`, 303)
})

settingsPages.post('/sessions/end-others', async (c) =>
  endAndTell(c, { allBut: await currentSecret(c.env, c.req.raw) }),
)

settingsPages.post('/sessions/:id/end', (c) => endAndTell(c, { id: c.req.param('id') }))

async function endAndTell(
  c: Context<SignedIn>,
  which: Parameters<typeof endSessions>[2],
): Promise<Response> {
  const member = c.get('member')
  const ended = await endSessions(c.env.DB, member.id, which)
  const sessions = ended === 1 ? 'a session' : `${ended} sessions`
  if (ended > 0) await recordAudit(c.env.DB, member, 'session.ended', sessions, Date.now())
  return c.redirect('/settings?notice=ended', 303)
}

settingsPages.route(
  '/members',
  membersOf((c, link) => show(c, 'people', { link })),
)

settingsPages.route(
  '/management-key',
  managementKeyOf((c, managementKey) => show(c, 'security', { managementKey })),
)

settingsPages.route(
  '/traces',
  tracesOf((c, traces) => show(c, 'data', { traces })),
)

settingsPages.route(
  '/api-tokens',
  apiTokensOf((c, apiToken) => show(c, 'tokens', { apiToken })),
)

settingsPages.get('/audit', async (c) => {
  const { name, accountId, accountName } = c.get('member')
  const rows = await listAudit(c.env.DB, accountId, AUDIT_ROWS + 1, c.req.query('cursor') ?? null)
  const shown = rows.slice(0, AUDIT_ROWS)
  const nextCursor = rows.length > AUDIT_ROWS ? (shown.at(-1)?.id ?? null) : null
  return c.html(<AuditPage viewer={{ name, accountName }} rows={shown} nextCursor={nextCursor} />)
})
