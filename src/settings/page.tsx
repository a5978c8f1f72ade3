import { Hono } from 'hono'
import { getCookie } from 'hono/cookie'
import { isRefusal } from '../errors.ts'
import { readForm, readInput } from '../input.ts'
import { renaming } from '../passkeys/input.ts'
import { listPasskeys, removePasskey, renamePasskey } from '../passkeys/store.ts'
import type { SignedIn } from '../sessions/middleware.ts'
import { SESSION_COOKIE } from '../sessions/session.ts'
import { endSessions, listSessions } from '../sessions/store.ts'
import { SettingsPage, type SettingsProps } from './view.tsx'

export const settingsPages = new Hono<SignedIn>()

const NOTICES: Record<string, NonNullable<SettingsProps['notice']>> = {
  added: { kind: 'good', text: 'The passkey is added. From now on it signs you in.' },
  renamed: { kind: 'good', text: 'The passkey has its new name.' },
  removed: { kind: 'good', text: 'The passkey is removed here. Remove it from your device too.' },
  last: { kind: 'bad', text: 'This is your only passkey. Add another before you remove it.' },
  unnamed: { kind: 'bad', text: 'A passkey needs a name, of at most 60 characters.' },
  ended: { kind: 'good', text: 'Signed out there.' },
}

settingsPages.get('/', async (c) => {
  const { id, name, accountName } = c.get('member')
  const [passkeys, sessions] = await Promise.all([
    listPasskeys(c.env.DB, id),
    listSessions(c.env.DB, id, getCookie(c, SESSION_COOKIE) ?? '', Date.now()),
  ])
  const notice = NOTICES[c.req.query('notice') ?? ''] ?? null
  return c.html(
    <SettingsPage
      viewer={{ name, accountName }}
      passkeys={passkeys}
      sessions={sessions}
      notice={notice}
    />,
  )
})

settingsPages.post('/passkeys/:id/name', async (c) => {
  const input = readInput(renaming, await readForm(c.req.raw))
  if (isRefusal(input)) return c.redirect('/settings?notice=unnamed', 303)
  await renamePasskey(c.env.DB, c.get('member').id, c.req.param('id'), input.name)
  return c.redirect('/settings?notice=renamed', 303)
})

settingsPages.post('/passkeys/:id/remove', async (c) => {
  const removed = await removePasskey(c.env.DB, c.get('member').id, c.req.param('id'))
  return c.redirect(`/settings?notice=${removed ? 'removed' : 'last'}`, 303)
})

settingsPages.post('/sessions/end-others', async (c) => {
  await endSessions(c.env.DB, c.get('member').id, { allBut: getCookie(c, SESSION_COOKIE) ?? '' })
  return c.redirect('/settings?notice=ended', 303)
})

settingsPages.post('/sessions/:id/end', async (c) => {
  await endSessions(c.env.DB, c.get('member').id, { id: c.req.param('id') })
  return c.redirect('/settings?notice=ended', 303)
})
