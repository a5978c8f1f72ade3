import { Hono, type Context } from 'hono'
import { accessEmail } from '../../../credentials/sessions/access-store.ts'
import { recordAudit } from '../../../audit/store.ts'
import { forEachFlag } from '../../../credentials/callers/settings.ts'
import { findTarget } from '../../../exports/otlp/target-store.ts'
import { isRefusal, type Refusal } from '../../../http/refusals.ts'
import { readForm, readInput } from '../../../http/input.ts'
import {
  requireOwner,
  stopSession,
  type SignedIn,
} from '../../../credentials/sessions/middleware.ts'
import { connectAccess } from '../../../credentials/sessions/store.ts'
import { refuseRates } from '../../../spend/stub-store.ts'
import { messageOf } from '../../../web/words.ts'
import type { AccountFields } from './card.tsx'
import {
  aboutMe,
  accountSettings,
  type AccountSettings,
} from '../../../people/accounts/settings-input.ts'
import {
  deleteAccount,
  readAccountSettings,
  saveAboutMe,
  saveAccountSettings,
} from '../../../people/accounts/settings-store.ts'

/** The rejected input and its problem, so that the page shows the form again. */
export type Refused =
  | { form: 'account'; fields: AccountFields; problem: string }
  | { form: 'me'; fields: { name: string; email: string }; problem: string }
  | { form: 'delete'; fields: { name: string }; problem: string }

const TEXTS = [
  'name',
  'rate',
  'rateDate',
  'allowedOrigins',
  'timeZone',
  'newTokenRequestsPerMinute',
  'newTokenTokensPerMinute',
  'newTokenConcurrent',
] as const

const NO_COLLECTOR = {
  reason: 'parameter_invalid',
  param: 'traces',
  problem: 'name a collector under Traces first',
} as const

/** Traces go nowhere without a collector. */
async function refuseTraces(
  c: Context<SignedIn>,
  { traces }: { traces: boolean },
): Promise<typeof NO_COLLECTOR | null> {
  if (!traces || (await findTarget(c.env, c.get('member').accountId)) !== null) return null
  return NO_COLLECTOR
}

/** The rates of new tokens are limits, too. */
const refuseNewTokenRates = (
  { env }: Context<SignedIn>,
  input: Pick<
    AccountSettings,
    'newTokenRequestsPerMinute' | 'newTokenTokensPerMinute' | 'newTokenConcurrent'
  >,
): Refusal | null =>
  refuseRates(env, {
    requestsPerMinute: input.newTokenRequestsPerMinute,
    tokensPerMinute: input.newTokenTokensPerMinute,
    concurrent: input.newTokenConcurrent,
  })

/** The routes of the forms for the account and for the member; `show` renders the settings page. */
export function accountFormsOf(
  show: (c: Context<SignedIn>, refused: Refused) => Promise<Response>,
): Hono<SignedIn> {
  const pages = new Hono<SignedIn>()

  pages.post('/account', requireOwner, async (c) => {
    const member = c.get('member')
    const form = await readForm(c.req.raw)
    const input = readInput(accountSettings, form)
    const refused = isRefusal(input)
      ? input
      : ((await refuseTraces(c, input)) ?? refuseNewTokenRates(c, input))
    if (refused || isRefusal(input)) {
      const { currency = 'USD' } = form
      const boxes = forEachFlag((flag) => form[flag] === 'on')
      const texts = Object.fromEntries(TEXTS.map((name) => [name, form[name] ?? '']))
      const fields = { ...(texts as Record<(typeof TEXTS)[number], string>), currency, ...boxes }
      return show(c, { form: 'account', fields, problem: messageOf(refused ?? NO_COLLECTOR) })
    }
    await saveAccountSettings(c.env, member, input, Date.now())
    return c.redirect('/settings?notice=saved', 303)
  })

  pages.post('/me', async (c) => {
    const member = c.get('member')
    const { name = '', email = '' } = await readForm(c.req.raw)
    const typed = { name, email }
    const input = readInput(aboutMe, typed)
    if (isRefusal(input)) {
      return show(c, { form: 'me', fields: typed, problem: messageOf(input) })
    }
    await saveAboutMe(c.env.DB, member, input, Date.now())
    return c.redirect('/settings?notice=saved', 303)
  })

  pages.post('/me/access', async (c) => {
    const email = await accessEmail(c.env, c.req.raw.headers)
    if (email !== null) {
      await connectAccess(c.env.DB, c.get('member').id, email)
      await recordAudit(c.env.DB, c.get('member'), 'member.access-connected', '', Date.now())
    }
    return c.redirect('/settings?notice=saved', 303)
  })

  pages.post('/delete', requireOwner, async (c) => {
    const { accountId, accountName } = c.get('member')
    const { name = '' } = await readForm(c.req.raw)
    if (name.trim() !== accountName) {
      const problem = `Cannot delete the account: “${name}” is not its name. Type ${accountName} to confirm.`
      return show(c, { form: 'delete', fields: { name }, problem })
    }
    await deleteAccount(c.env, c.executionCtx, accountId, Date.now())
    await stopSession(c)
    return c.redirect('/sign-in?gone=1', 303)
  })

  return pages
}

/** The account's settings as form fields. */
export async function accountFields(
  database: D1Database,
  accountId: string,
): Promise<AccountFields> {
  const settings = await readAccountSettings(database, accountId)
  const { rateMicros, rateDate, allowedOrigins, timeZone, ...fields } = settings
  return {
    ...fields,
    rate: rateMicros === null ? '' : String(rateMicros / 1_000_000),
    rateDate: rateDate ?? '',
    allowedOrigins: allowedOrigins.join('\n'),
    timeZone: timeZone ?? '',
    newTokenRequestsPerMinute: String(settings.newTokenRequestsPerMinute ?? ''),
    newTokenTokensPerMinute: String(settings.newTokenTokensPerMinute ?? ''),
    newTokenConcurrent: String(settings.newTokenConcurrent ?? ''),
  }
}
