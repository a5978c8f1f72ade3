import { Hono } from 'hono'
import { createMiddleware } from 'hono/factory'
import { openAccount } from '../accounts/store.ts'
import { readSiteSettings, type Env } from '../../env.ts'
import { refusalResponse } from '../../http/refusal-response.ts'
import { isRefusal } from '../../http/refusals.ts'
import { readJsonInput } from '../../http/input.ts'
import { readRegistration, registrationOptions, siteOf } from '../passkeys/ceremony.ts'
import { challengeOf } from '../passkeys/input.ts'
import { findPasskey, keepChallenge, takeChallenge } from '../passkeys/store.ts'
import { startSession, userAgentOf } from '../../credentials/sessions/middleware.ts'
import { createSession } from '../../credentials/sessions/store.ts'
import { createToken } from '../../credentials/tokens/store.ts'
import { naming, signingUp } from './input.ts'

/** Sign-up for strangers, if the deployment allows it: a new account with a passkey. */
export const signUpRoutes = new Hono<{ Bindings: Env }>()

signUpRoutes.use(
  createMiddleware<{ Bindings: Env }>(async function requireOpenSignUp(c, next) {
    const isOpen = readSiteSettings(c.env).signUp === 'open'
    if (!isOpen && c.req.method !== 'GET') return refusalResponse({ reason: 'sign_up_closed' })
    await next()
    return undefined
  }),
)

signUpRoutes.post('/options', async (c) => {
  const input = await readJsonInput(naming, c.req.raw)
  if (isRefusal(input)) return refusalResponse(input)
  // The member is created together with the passkey. Until then, a random handle identifies it.
  const handle = { id: crypto.randomUUID(), name: input.name }
  const options = await registrationOptions(siteOf(c.req.url), handle, [])
  await keepChallenge(c.env.DB, options.challenge, null, Date.now())
  return c.json(options)
})

signUpRoutes.post('/', async (c) => {
  const input = await readJsonInput(signingUp, c.req.raw)
  if (isRefusal(input)) return refusalResponse(input)
  const challenge = challengeOf(input.response.response.clientDataJSON)
  const isOurs = await takeChallenge(c.env.DB, challenge, null, Date.now())
  const passkey = isOurs
    ? await readRegistration(siteOf(c.req.url), challenge, input.response)
    : null
  if (passkey === null || (await findPasskey(c.env.DB, passkey.id)) !== null) {
    return refusalResponse({ reason: 'passkey_refused' })
  }
  const person = { name: input.name, email: null }
  const member = await openAccount(c.env.DB, person, passkey, Date.now())
  await createToken(c.env, member, { name: 'first token', scope: 'inference' }, Date.now())
  startSession(c, await createSession(c.env.DB, member.id, userAgentOf(c.req.raw), Date.now()))
  return c.body(null, 201)
})
