import { Hono, type Context } from 'hono'
import { createMiddleware } from 'hono/factory'
import { writeDown } from '../audit/store.ts'
import { readForm } from '../input.ts'
import type { SignedIn } from '../sessions/middleware.ts'
import { inviteMember, removeMember, setRole, type Role } from './store.ts'

const requireOwner = createMiddleware<SignedIn>(async function requireOwner(c, next) {
  if (c.get('member').role !== 'owner') return c.redirect('/settings?notice=not-owner', 303)
  await next()
  return undefined
})

const roleOf = (text: string | undefined): Role => (text === 'owner' ? 'owner' : 'member')

/** What owners do about people; `show` draws the page with a link that is shown only once. */
export function membersOf(
  show: (c: Context<SignedIn>, link: string) => Promise<Response>,
): Hono<SignedIn> {
  const pages = new Hono<SignedIn>()
  pages.use(requireOwner)

  pages.post('/invite', async (c) => {
    const member = c.get('member')
    const role = roleOf((await readForm(c.req.raw))['role'])
    const code = await inviteMember(c.env.DB, member.accountId, role, Date.now())
    await writeDown(
      c.env.DB,
      member,
      'member.invited',
      role === 'owner' ? 'an owner' : 'a member',
      Date.now(),
    )
    return show(c, `${new URL(c.req.url).origin}/join?code=${code}`)
  })

  pages.post('/:id/remove', async (c) => {
    const member = c.get('member')
    const name = await removeMember(c.env.DB, member.accountId, c.req.param('id'))
    if (name === null) return c.redirect('/settings?notice=last-owner', 303)
    await writeDown(c.env.DB, member, 'member.removed', name, Date.now())
    return c.redirect('/settings?notice=member-removed', 303)
  })

  pages.post('/:id/role', async (c) => {
    const member = c.get('member')
    const role = roleOf((await readForm(c.req.raw))['role'])
    const name = await setRole(c.env.DB, member.accountId, c.req.param('id'), role)
    if (name === null) return c.redirect('/settings?notice=last-owner', 303)
    await writeDown(c.env.DB, member, `member.made-${role}`, name, Date.now())
    return c.redirect('/settings?notice=member-changed', 303)
  })

  return pages
}
