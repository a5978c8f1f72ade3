import { Hono, type Context } from 'hono'
import * as z from 'zod'
import type { SignedIn } from '../../credentials/sessions/middleware.ts'
import { nameInput } from '../../http/input-text.ts'
import { readForm, readInput } from '../../http/input.ts'
import { toWire } from '../../http/messages.ts'
import { isRefusal } from '../../http/refusals.ts'
import { returnPath } from '../../http/return-path.ts'
import { deleteView, MOST_VIEWS, saveView } from '../../people/views/store.ts'
import { ErrorPage } from '../../web/error-page.tsx'

export const viewPages = new Hono<SignedIn>()

const VIEWED = /^\/(logs|dashboard|sessions)(\/(errors|latency|tags))?(\?|$)/

/** A page that can be saved as a view. Null: it is none. */
const viewPath = (text: string | undefined): string | null => {
  const path = returnPath(text)
  return path !== null && VIEWED.test(path) ? path : null
}

const newView = z.object({
  name: nameInput('give the view a name', 60).min(1, 'give the view a name'),
  path: z
    .string('save a view of the log, the dashboard or the sessions')
    .transform((path, context) => {
      const known = viewPath(path)
      if (known !== null) return known
      context.addIssue('save a view of the log, the dashboard or the sessions')
      return z.NEVER
    }),
})

const refused = (c: Context<SignedIn>, message: string): Response | Promise<Response> =>
  c.html(<ErrorPage viewer={c.get('member')} title="View not saved" message={message} />, 400)

viewPages.post('/', async (c) => {
  const input = readInput(newView, await readForm(c.req.raw))
  if (isRefusal(input)) return refused(c, toWire(input).message)
  const isSaved = await saveView(c.env.DB, c.get('member'), input, Date.now())
  if (!isSaved)
    return refused(
      c,
      `An account has at most ${MOST_VIEWS} views. Delete one that you do not need.`,
    )
  return c.redirect(input.path, 303)
})

viewPages.post('/:id/delete', async (c) => {
  const { here } = await readForm(c.req.raw)
  await deleteView(c.env.DB, c.get('member'), c.req.param('id'), Date.now())
  return c.redirect(viewPath(here) ?? '/logs', 303)
})
