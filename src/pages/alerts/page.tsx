import { Hono, type Context } from 'hono'
import { listChannels } from '../../alerts/channels/store.ts'
import { replay } from '../../alerts/evaluate/replay-store.ts'
import { readRulesOfAccount } from '../../alerts/evaluate/tell-store.ts'
import { TOO_MANY_RULES } from '../../alerts/rules/route.ts'
import { createRecommended } from '../../alerts/rules/recommended-store.ts'
import { listSent } from '../../alerts/sent-store.ts'
import type { SignedIn } from '../../credentials/sessions/middleware.ts'
import { tokenTitles } from '../../credentials/tokens/names-store.ts'
import { readAccountSettings } from '../../people/accounts/settings-store.ts'
import type { Notice } from '../../web/layout.tsx'
import { messageOf } from '../../web/words.ts'
import { channelPages } from './channel-page.tsx'
import { rulePages } from './rule-page.tsx'
import { AlertsPage } from './view.tsx'

export const alertPages = new Hono<SignedIn>()

const NOTICES: Record<string, Notice> = {
  'rule-created': { kind: 'good', text: 'The rule is created, and judged within five minutes.' },
  'rule-saved': { kind: 'good', text: 'The rule is saved.' },
  'rule-deleted': { kind: 'good', text: 'The rule is deleted.' },
  recommended: { kind: 'good', text: 'The recommended rules are added.' },
  'channel-deleted': { kind: 'good', text: 'The channel is deleted.' },
  'owners-only': { kind: 'bad', text: 'Only owners of the account can change alerts.' },
}

alertPages.use('*', async function ownersChange(c, next) {
  if (c.req.method === 'POST' && c.get('member').role !== 'owner')
    return c.redirect('/alerts?notice=owners-only', 303)
  await next()
  return undefined
})

async function show(c: Context<SignedIn>, notice: Notice | null): Promise<Response> {
  const { name, accountId, accountName, role } = c.get('member')
  const before = c.req.query('before') ?? null
  const zone = (await readAccountSettings(c.env.DB, accountId)).timeZone ?? 'UTC'
  const [rules, channels, sent, names, replayed] = await Promise.all([
    readRulesOfAccount(c.env, accountId),
    listChannels(c.env, accountId),
    listSent(c.env, accountId, before),
    tokenTitles(c.env, accountId),
    c.req.query('preview') === 'on' ? replay(c.env, accountId, zone, Date.now()) : null,
  ])
  return c.html(
    <AlertsPage
      viewer={{ name, accountName }}
      rules={rules}
      channels={channels}
      sent={sent}
      before={before}
      replayed={replayed}
      names={names}
      zone={zone}
      isOwner={role === 'owner'}
      notice={notice}
    />,
    notice?.kind === 'bad' ? 400 : 200,
  )
}

alertPages.get('/', (c) => show(c, NOTICES[c.req.query('notice') ?? ''] ?? null))

alertPages.post('/recommended', async (c) => {
  const isAdded = await createRecommended(c.env, c.get('member'), Date.now())
  if (isAdded) return c.redirect('/alerts?notice=recommended', 303)
  return show(c, { kind: 'bad', text: messageOf(TOO_MANY_RULES) })
})

alertPages.route('/rules', rulePages)
alertPages.route('/channels', channelPages)
