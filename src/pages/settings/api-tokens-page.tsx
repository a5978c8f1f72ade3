import { Hono, type Context } from 'hono'
import { isRefusal } from '../../http/refusals.ts'
import { readForm, readInput } from '../../http/input.ts'
import type { SignedIn } from '../../credentials/sessions/middleware.ts'
import { messageOf } from '../../web/words.ts'
import { newApiToken } from '../../credentials/api-tokens/input.ts'
import { createApiToken, revokeApiToken } from '../../credentials/api-tokens/store.ts'

/** Shown in this response only: the new token, or the rejected input with its problem. */
export type ApiTokenOnce = { made: string } | { typed: string; problem: string }

/** The routes of the API-token forms; `show` renders the settings page. */
export function apiTokensOf(
  show: (c: Context<SignedIn>, once: ApiTokenOnce) => Promise<Response>,
): Hono<SignedIn> {
  const pages = new Hono<SignedIn>()

  pages.post('/', async (c) => {
    const form = await readForm(c.req.raw)
    const input = readInput(newApiToken, form)
    if (isRefusal(input)) return show(c, { typed: form['name'] ?? '', problem: messageOf(input) })
    const made = await createApiToken(c.env.DB, c.get('member'), input, Date.now())
    return show(c, { made })
  })

  pages.post('/:id/revoke', async (c) => {
    const revoked = await revokeApiToken(c.env.DB, c.get('member'), c.req.param('id'), Date.now())
    return c.redirect(`/settings?notice=${revoked ? 'api-revoked' : 'gone'}`, 303)
  })

  return pages
}
