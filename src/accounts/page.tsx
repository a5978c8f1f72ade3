import { Hono } from 'hono'
import type { Env } from '../env.ts'
import { isRefusal } from '../errors.ts'
import { readForm, readInput } from '../input.ts'
import { createToken, revealTokens } from '../tokens/store.ts'
import { JoinPage, SignInPage } from './forms.tsx'
import { joining } from './input.ts'
import { stopSession } from '../sessions/middleware.ts'
import { enter } from './route.ts'
import { checkInvitation, type InvitationState } from './store.ts'

export const accountPages = new Hono<{ Bindings: Env }>()

const DEAD: Record<Exclude<InvitationState, 'open'>, string> = {
  used: 'This link has been used already. A one-time link lets in once.',
  expired: 'This link has expired. A one-time link lasts 24 hours.',
  unknown: 'This link is not one of ours. Was it copied whole?',
}

const deadWords = (state: InvitationState): string | null => (state === 'open' ? null : DEAD[state])

accountPages.get('/join', async (c) => {
  const code = c.req.query('code') ?? ''
  const dead = deadWords(await checkInvitation(c.env.DB, code, Date.now()))
  return c.html(
    <JoinPage code={code} name="" problem={null} dead={dead} />,
    dead === null ? 200 : 410,
  )
})

accountPages.post('/join', async (c) => {
  const { code = '', name = '' } = await readForm(c.req.raw)
  const dead = deadWords(await checkInvitation(c.env.DB, code, Date.now()))
  if (dead !== null)
    return c.html(<JoinPage code={code} name={name} problem={null} dead={dead} />, 410)
  const input = readInput(joining, { code, name })
  if (isRefusal(input)) {
    const problem = 'Please say what to call you, in at most 100 characters.'
    return c.html(<JoinPage code={code} name={name} problem={problem} dead={null} />, 400)
  }
  const member = await enter(c, input)
  // Somebody was faster with the same link.
  if (member === null)
    return c.html(<JoinPage code={code} name={name} problem={null} dead={DEAD.used} />, 410)

  if ((await revealTokens(c.env, member.accountId)).length === 0) {
    await createToken(c.env, member, 'first token', Date.now())
  }
  return c.redirect('/integrate', 303)
})

accountPages.get('/sign-in', (c) => {
  const notice = c.req.query('out') === '1' ? 'You are signed out.' : null
  return c.html(<SignInPage notice={notice} />)
})

accountPages.post('/sign-out', async (c) => {
  await stopSession(c)
  return c.redirect('/sign-in?out=1', 303)
})
