import { Hono, type Context } from 'hono'
import { newManagementKey } from '../../billing/keys/input.ts'
import { deleteManagementKey, saveManagementKey } from '../../billing/keys/store.ts'
import { requireOwner, type SignedIn } from '../../credentials/sessions/middleware.ts'
import { readForm, readInput } from '../../http/input.ts'
import { isRefusal } from '../../http/refusals.ts'
import { messageOf } from '../../web/words.ts'

/** The forms of the management key. `show`: the page with the reason why a key was not saved. */
export function managementKeyOf(
  show: (c: Context<SignedIn>, problem: string) => Promise<Response>,
): Hono<SignedIn> {
  const pages = new Hono<SignedIn>()

  pages.use(requireOwner)

  pages.post('/', async (c) => {
    const input = readInput(newManagementKey, await readForm(c.req.raw))
    if (isRefusal(input)) return show(c, messageOf(input))
    const saved = await saveManagementKey(c.env, c.get('member'), input.key, Date.now())
    if (isRefusal(saved)) return show(c, messageOf(saved))
    return c.redirect('/settings?notice=management-key-saved#management-key', 303)
  })

  pages.post('/delete', async (c) => {
    await deleteManagementKey(c.env, c.get('member'), Date.now())
    return c.redirect('/settings?notice=management-key-deleted#management-key', 303)
  })

  return pages
}
