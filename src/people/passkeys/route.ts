import { Hono } from 'hono'
import { recordAudit } from '../../audit/store.ts'
import type { Env } from '../../env.ts'
import { refusalResponse } from '../../http/refusal-response.ts'
import { isRefusal } from '../../http/refusals.ts'
import { readJsonInput } from '../../http/input.ts'
import { startSession, userAgentOf, type SignedIn } from '../../credentials/sessions/middleware.ts'
import { createSession, findMember } from '../../credentials/sessions/store.ts'
import {
  authenticationOptions,
  readAuthentication,
  readRegistration,
  registrationOptions,
  siteOf,
} from './ceremony.ts'
import { challengeOf, newPasskey, signingIn } from './input.ts'
import {
  addPasskey,
  findPasskey,
  keepChallenge,
  listPasskeys,
  takeChallenge,
  usePasskey,
} from './store.ts'

/** Adds a passkey, for signed-in members. */
export const passkeyRoutes = new Hono<SignedIn>()

passkeyRoutes.post('/options', async (c) => {
  const member = c.get('member')
  const known = await listPasskeys(c.env.DB, member.id)
  const options = await registrationOptions(siteOf(c.req.url), member, known)
  await keepChallenge(c.env.DB, options.challenge, member.id, Date.now())
  return c.json(options)
})

passkeyRoutes.post('/', async (c) => {
  const input = await readJsonInput(newPasskey, c.req.raw)
  if (isRefusal(input)) return refusalResponse(input)
  const member = c.get('member')
  const challenge = challengeOf(input.response.response.clientDataJSON)
  if (!(await takeChallenge(c.env.DB, challenge, member.id, Date.now()))) {
    return refusalResponse({ reason: 'passkey_refused' })
  }
  const passkey = await readRegistration(siteOf(c.req.url), challenge, input.response)
  if (passkey === null) return refusalResponse({ reason: 'passkey_refused' })
  const added = await addPasskey(c.env.DB, member, passkey, input.name, Date.now())
  return added ? c.body(null, 201) : refusalResponse({ reason: 'passkey_taken' })
})

/** Sign-in with a passkey. Every failure gets the same refusal, which reveals nothing about members. */
export const signInRoutes = new Hono<{ Bindings: Env }>()

signInRoutes.post('/options', async (c) => {
  const options = await authenticationOptions(siteOf(c.req.url))
  await keepChallenge(c.env.DB, options.challenge, null, Date.now())
  return c.json(options)
})

signInRoutes.post('/', async (c) => {
  const input = await readJsonInput(signingIn, c.req.raw)
  if (isRefusal(input)) return refusalResponse(input)
  const challenge = challengeOf(input.response.response.clientDataJSON)
  const isOurs = await takeChallenge(c.env.DB, challenge, null, Date.now())
  const passkey = isOurs ? await findPasskey(c.env.DB, input.response.id) : null
  const counter =
    passkey && (await readAuthentication(siteOf(c.req.url), challenge, input.response, passkey))
  if (passkey === null || counter === null) return refusalResponse({ reason: 'passkey_refused' })
  await usePasskey(c.env.DB, passkey.id, counter, Date.now())
  const secret = await createSession(c.env.DB, passkey.memberId, userAgentOf(c.req.raw), Date.now())
  const member = await findMember(c.env.DB, secret, Date.now())
  if (member) await recordAudit(c.env.DB, member, 'member.signed-in', passkey.name, Date.now())
  startSession(c, secret)
  return c.body(null, 204)
})
