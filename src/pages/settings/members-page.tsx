import { Hono, type Context } from 'hono'
import * as z from 'zod'
import { optionalEmail } from '../../people/accounts/input.ts'
import { joinLink } from '../../people/accounts/link.ts'
import { isRefusal } from '../../http/refusals.ts'
import { readForm, readInput } from '../../http/input.ts'
import { requireOwner, type SignedIn } from '../../credentials/sessions/middleware.ts'
import {
  inviteMember,
  removeMember,
  setRole,
  tokensSeenBy,
  withdrawLink,
} from '../../people/members/store.ts'
import { ROLES, type Role } from '../../credentials/roles.ts'

const inviting = z.object({ email: optionalEmail })

const roleOf = (text: string | undefined): Role | null =>
  ROLES.find((role) => role === text) ?? null

/** The settings with a notice, and the tokens whose texts somebody may have who shall not use them any more. */
const withExposed = (notice: string, seen: readonly string[]): string =>
  `/settings?${new URLSearchParams({ notice, ...(seen.length > 0 && { exposed: seen.join(' ') }) }).toString()}`

/** The routes with which owners manage members; `show` renders the page with a new link, which is shown only once. */
export function membersOf(
  show: (c: Context<SignedIn>, link: string) => Promise<Response>,
): Hono<SignedIn> {
  const pages = new Hono<SignedIn>()
  pages.use(requireOwner)

  pages.post('/invite', async (c) => {
    const form = await readForm(c.req.raw)
    const guest = readInput(inviting, form)
    if (isRefusal(guest)) return c.redirect('/settings?notice=bad-email', 303)
    const role = roleOf(form['role'])
    if (role === null) return c.redirect('/settings?notice=no-role', 303)
    const code = await inviteMember(c.env.DB, c.get('member'), role, guest.email, Date.now())
    return show(c, joinLink(new URL(c.req.url).origin, code))
  })

  pages.post('/links/:id/withdraw', async (c) => {
    const done = await withdrawLink(c.env.DB, c.get('member'), c.req.param('id'), Date.now())
    return c.redirect(`/settings?notice=${done ? 'link-withdrawn' : 'link-gone'}`, 303)
  })

  pages.post('/:id/remove', async (c) => {
    const id = c.req.param('id')
    const seen = await tokensSeenBy(c.env.DB, c.get('member'), id, null)
    const removed = await removeMember(c.env.DB, c.get('member'), id, Date.now())
    return c.redirect(
      removed ? withExposed('member-removed', seen) : '/settings?notice=last-owner',
      303,
    )
  })

  pages.post('/:id/role', async (c) => {
    const id = c.req.param('id')
    const role = roleOf((await readForm(c.req.raw))['role'])
    if (role === null) return c.redirect('/settings?notice=no-role', 303)
    const seen = await tokensSeenBy(c.env.DB, c.get('member'), id, role)
    const changed = await setRole(c.env.DB, c.get('member'), id, role, Date.now())
    return c.redirect(
      changed ? withExposed('member-changed', seen) : '/settings?notice=last-owner',
      303,
    )
  })

  return pages
}
