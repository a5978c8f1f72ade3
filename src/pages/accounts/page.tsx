import { Hono, type Context } from 'hono'
import * as z from 'zod'
import { accessEmail } from '../../credentials/sessions/access-store.ts'
import { readSiteSettings, type Env } from '../../env.ts'
import { isRefusal } from '../../http/refusals.ts'
import { returnPath } from '../../http/return-path.ts'
import { readForm, readInput } from '../../http/input.ts'
import { startSession, stopSession, userAgentOf } from '../../credentials/sessions/middleware.ts'
import { connectAccess, findMemberByAccess, type Member } from '../../credentials/sessions/store.ts'
import { createToken, listTokens } from '../../credentials/tokens/store.ts'
import { messageOf } from '../../web/words.ts'
import { AccessPage, JoinPage, PastePage, SignInPage } from './forms.tsx'
import { joining, personName } from '../../people/accounts/input.ts'
import { codeIn } from '../../people/accounts/link.ts'
import { enter } from '../../people/accounts/route.ts'
import {
  checkInvitation,
  findInvitationOf,
  isFirst,
  openAccount,
  redeemInvitationOf,
  type Invitation,
} from '../../people/accounts/store.ts'

type Site = { Bindings: Env }

export const accountPages = new Hono<Site>()

const DEAD: Record<Exclude<Invitation['state'], 'open'>, string> = {
  used: 'This link has already been used. A one-time link works once.',
  expired: 'This link has expired. A one-time link works for 24 hours.',
  unknown: 'This link does not exist. Check that you copied all of it.',
}

interface Typed {
  code: string
  name: string
  email: string
}

async function showJoin(
  c: Context<Site>,
  typed: Typed,
  problem: string | null = null,
): Promise<Response> {
  const { state, memberName } = await checkInvitation(c.env, typed.code, Date.now())
  const dead = state === 'open' ? null : DEAD[state]
  const status = dead === null ? (problem === null ? 200 : 400) : 410
  return c.html(
    <JoinPage {...typed} memberName={memberName} problem={problem} dead={dead} />,
    status,
  )
}

/** Older versions put the code of a link in the query. */
accountPages.get('/join', (c) => {
  const code = c.req.query('code')
  return code === undefined
    ? c.html(<PastePage problem={null} />)
    : showJoin(c, { code, name: '', email: '' })
})

accountPages.post('/join/open', async (c) => {
  const { link = '' } = await readForm(c.req.raw)
  const code = codeIn(link)
  return code === ''
    ? c.html(
        <PastePage problem="The field is empty. Copy the whole link and paste it here." />,
        400,
      )
    : showJoin(c, { code, name: '', email: '' })
})

accountPages.post('/join', async (c) => {
  const { code = '', name = '', email = '' } = await readForm(c.req.raw)
  const input = readInput(joining, { code, name, email })
  const member = isRefusal(input) ? input : await enter(c, input)
  if (isRefusal(member)) return showJoin(c, { code, name, email }, messageOf(member))
  return welcome(c, member)
})

/** Opens the Integrate page, with a first token if the account has none. */
async function welcome(c: Context<Site>, member: Member): Promise<Response> {
  const tokens = await listTokens(c.env, member.accountId)
  const isViewer = member.role === 'viewer'
  if (!isViewer && tokens.every(({ revokedAtMs }) => revokedAtMs !== null)) {
    await createToken(c.env, member, { name: 'first token', scope: 'inference' }, Date.now())
  }
  return c.redirect('/integrate', 303)
}

const NOTICES = [
  { param: 'out', text: 'You are signed out.' },
  {
    param: 'gone',
    text: 'The account is deleted, with its tokens and its xAI key. Its ledger is being deleted in the background. Revoke the key at console.x.ai too.',
  },
]

accountPages.get('/sign-in', async (c) => {
  const email = await accessEmail(c.env, c.req.raw.headers)
  const back = returnPath(c.req.query('to'))
  if (email !== null) return showAccess(c, email, null, back)
  const notice = NOTICES.find(({ param }) => c.req.query(param) === '1')?.text ?? null
  const isOpen = readSiteSettings(c.env).signUp === 'open'
  return c.html(<SignInPage url={c.req.url} notice={notice} isOpen={isOpen} back={back} />)
})

async function showAccess(
  c: Context<Site>,
  email: string,
  problem: string | null = null,
  back: string | null = null,
): Promise<Response> {
  if ((await findMemberByAccess(c.env.DB, email)) !== null) return c.redirect(back ?? '/', 303)
  const invitation = await findInvitationOf(c.env.DB, email, Date.now())
  const invitedTo = invitation?.accountName ?? null
  const mayOpen = await mayOpenAccount(c.env)
  return c.html(
    <AccessPage {...{ email, invitedTo, mayOpen, problem, back }} />,
    problem === null ? 200 : 400,
  )
}

// The first person to come through Cloudflare Access is the operator who set it up.
const mayOpenAccount = async (env: Env): Promise<boolean> =>
  readSiteSettings(env).signUp === 'open' || (await isFirst(env.DB))

accountPages.post('/access', async (c) => {
  const email = await accessEmail(c.env, c.req.raw.headers)
  if (email === null) return c.redirect('/sign-in', 303)
  if ((await findMemberByAccess(c.env.DB, email)) !== null) return c.redirect('/', 303)
  const input = readInput(z.object({ name: personName }), await readForm(c.req.raw))
  if (isRefusal(input)) return showAccess(c, email, messageOf(input))

  const person = { name: input.name, email }
  const nowMs = Date.now()
  const userAgent = userAgentOf(c.req.raw)
  const entered = await redeemInvitationOf(c.env.DB, email, person, nowMs, userAgent)
  if (entered !== null) {
    await connectAccess(c.env.DB, entered.member.id, email)
    startSession(c, entered.sessionSecret)
    return welcome(c, entered.member)
  }
  if (!(await mayOpenAccount(c.env))) return showAccess(c, email, 'You have no invitation yet.')
  const owner = await openAccount(c.env.DB, person, null, nowMs)
  await connectAccess(c.env.DB, owner.id, email)
  return welcome(c, owner)
})

accountPages.post('/sign-out', async (c) => {
  await stopSession(c)
  // End Cloudflare's own session too, or the next page would sign the member in again.
  const isByAccess = (await accessEmail(c.env, c.req.raw.headers)) !== null
  return c.redirect(isByAccess ? '/cdn-cgi/access/logout' : '/sign-in?out=1', 303)
})
