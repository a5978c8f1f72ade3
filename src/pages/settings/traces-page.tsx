import { Hono, type Context } from 'hono'
import { newTarget } from '../../exports/otlp/input.ts'
import { deleteTarget, saveTarget } from '../../exports/otlp/target-store.ts'
import { requireOwner, type SignedIn } from '../../credentials/sessions/middleware.ts'
import { readForm, readInput } from '../../http/input.ts'
import { isRefusal } from '../../http/refusals.ts'
import { messageOf } from '../../web/words.ts'
import type { TracesProps } from './traces-card.tsx'

/** The forms of where traces go. `show`: the page with what was not saved. */
export function tracesOf(
  show: (c: Context<SignedIn>, refused: NonNullable<TracesProps['refused']>) => Promise<Response>,
): Hono<SignedIn> {
  const pages = new Hono<SignedIn>()
  pages.use(requireOwner)

  pages.post('/', async (c) => {
    const { url = '', headers = '' } = await readForm(c.req.raw)
    const input = readInput(newTarget, { url, headers })
    const refused = isRefusal(input)
      ? input
      : await saveTarget(c.env, c.get('member'), input, Date.now())
    if (refused) return show(c, { problem: messageOf(refused), url })
    return c.redirect('/settings?notice=traces-saved#traces', 303)
  })

  pages.post('/delete', async (c) => {
    await deleteTarget(c.env, c.get('member'), Date.now())
    return c.redirect('/settings?notice=traces-deleted#traces', 303)
  })

  return pages
}
