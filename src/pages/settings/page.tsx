import { Hono, type Context } from 'hono'
import { listAudit, recordAudit } from '../../audit/store.ts'
import { findManagementKey } from '../../billing/keys/store.ts'
import { findTarget } from '../../exports/otlp/target-store.ts'
import { tracesOf } from './traces-page.tsx'
import type { TracesProps } from './traces-card.tsx'
import { managementKeyOf } from './management-key-page.tsx'
import { apiTokensOf, type ApiTokenOnce } from './api-tokens-page.tsx'
import { listApiTokens } from '../../credentials/api-tokens/store.ts'
import { accessEmail } from '../../credentials/sessions/access-store.ts'
import { isRefusal } from '../../http/refusals.ts'
import { readForm, readInput } from '../../http/input.ts'
import { listMembers, listOpenLinks } from '../../people/members/store.ts'
import { lastUses } from '../../reports/requests/store.ts'
import { renaming } from '../../people/passkeys/input.ts'
import { listPasskeys, removePasskey, renamePasskey } from '../../people/passkeys/store.ts'
import { currentSecret, type SignedIn } from '../../credentials/sessions/middleware.ts'
import { endSessions, listSessions } from '../../credentials/sessions/store.ts'
import { newToken, tokenChanges } from '../../credentials/tokens/input.ts'
import { rotateToken } from '../../credentials/tokens/rotation-store.ts'
import { accountFields, accountFormsOf, type Refused } from './account/page.tsx'
import {
  createToken,
  revealTokens,
  revokeToken,
  updateToken,
} from '../../credentials/tokens/store.ts'
import { AuditPage } from './audit-view.tsx'
import { membersOf } from './members-page.tsx'
import { NOTICES } from './notices.ts'
import { SettingsPage } from './view.tsx'

export const settingsPages = new Hono<SignedIn>()

const AUDIT_ROWS = 100

/** Shown in this response only: a new link or API token, or the rejected input. */
interface Once {
  link?: string
  apiToken?: ApiTokenOnce
  /** The reason why a management key was not saved. */
  managementKey?: string
  traces?: NonNullable<TracesProps['refused']>
  refused?: Refused
}

settingsPages.get('/', (c) => show(c, {}))

async function show(c: Context<SignedIn>, once: Once): Promise<Response> {
  const { link, apiToken, refused, managementKey = null, traces = null } = once
  const member = c.get('member')
  const { id, name, role, accountId, accountName } = member
  const isOwner = role === 'owner'
  const [tokens, apiTokens, passkeys, sessions, members, fields, openLinks, saved, target] =
    await Promise.all([
      revealTokens(c.env, accountId),
      listApiTokens(c.env.DB, accountId),
      listPasskeys(c.env.DB, id),
      currentSecret(c.env, c.req.raw).then((secret) =>
        listSessions(c.env.DB, id, secret, Date.now()),
      ),
      listMembers(c.env.DB, accountId),
      accountFields(c.env.DB, accountId),
      isOwner ? listOpenLinks(c.env.DB, accountId, Date.now()) : [],
      findManagementKey(c.env, accountId),
      findTarget(c.env, accountId),
    ])
  const ids = tokens.map((token) => token.id)
  const uses = await lastUses(c.env.LEDGER, accountId, 'token', ids)
  const listed = tokens.map((token) => ({ ...token, lastUsedAtMs: uses.get(token.id) ?? null }))
  const exposed = c.req.query('notice') === 'member-removed' ? tokens.map((one) => one.name) : null
  const vouched = await accessEmail(c.env, c.req.raw.headers)
  const problemOf = (form: Refused['form']): string | null =>
    refused?.form === form ? refused.problem : null
  const typed = refused?.form === 'delete' ? refused.fields.name : ''
  return c.html(
    <SettingsPage
      viewer={{ name, accountName }}
      url={c.req.url}
      people={{ members, viewerId: id, isOwner, link: link ?? null, openLinks, exposed }}
      account={{
        fields: refused?.form === 'account' ? refused.fields : fields,
        problem: problemOf('account'),
        isOwner,
      }}
      me={{
        member: refused?.form === 'me' ? refused.fields : member,
        problem: problemOf('me'),
        unconnected: vouched === member.accessEmail ? null : vouched,
      }}
      danger={isOwner ? { accountName, typed, problem: problemOf('delete') } : null}
      tokens={listed}
      apiTokens={{
        tokens: apiTokens,
        made: null,
        typed: '',
        problem: null,
        ...apiToken,
      }}
      traces={{ target, isOwner, refused: traces }}
      managementKey={{ saved, isOwner, problem: managementKey }}
      passkeys={passkeys}
      sessions={sessions}
      notice={NOTICES[c.req.query('notice') ?? ''] ?? null}
    />,
    refused || traces || managementKey !== null || (apiToken && 'problem' in apiToken) ? 400 : 200,
  )
}

settingsPages.route(
  '/',
  accountFormsOf((c, refused) => show(c, { refused })),
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

settingsPages.post('/tokens/regenerate-all', async (c) => {
  const member = c.get('member')
  for (const { id } of await revealTokens(c.env, member.accountId))
    await rotateToken(c.env, member, id, 0, Date.now())
  return c.redirect('/settings?notice=all-regenerated', 303)
})

settingsPages.post('/tokens/:id/regenerate', async (c) => {
  const replaced = await rotateToken(c.env, c.get('member'), c.req.param('id'), 0, Date.now())
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
  membersOf((c, link) => show(c, { link })),
)

settingsPages.route(
  '/management-key',
  managementKeyOf((c, managementKey) => show(c, { managementKey })),
)

settingsPages.route(
  '/traces',
  tracesOf((c, traces) => show(c, { traces })),
)

settingsPages.route(
  '/api-tokens',
  apiTokensOf((c, apiToken) => show(c, { apiToken })),
)

settingsPages.get('/audit', async (c) => {
  const { name, accountId, accountName } = c.get('member')
  const rows = await listAudit(c.env.DB, accountId, AUDIT_ROWS + 1, c.req.query('cursor') ?? null)
  const shown = rows.slice(0, AUDIT_ROWS)
  const nextCursor = rows.length > AUDIT_ROWS ? (shown.at(-1)?.id ?? null) : null
  return c.html(<AuditPage viewer={{ name, accountName }} rows={shown} nextCursor={nextCursor} />)
})
