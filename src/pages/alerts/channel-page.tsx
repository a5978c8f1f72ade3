import { Hono, type Context } from 'hono'
import { channelChanges, newChannel } from '../../alerts/channels/input.ts'
import { CHANNEL_KINDS, type ChannelKind } from '../../alerts/channels/kinds.ts'
import type { ChannelInfo } from '../../alerts/channels/present.ts'
import {
  createChannel,
  deleteChannel,
  findChannel,
  updateChannel,
} from '../../alerts/channels/store.ts'
import { testChannel } from '../../alerts/channels/test-store.ts'
import type { SignedIn } from '../../credentials/sessions/middleware.ts'
import { readForm, readInput } from '../../http/input.ts'
import { isRefusal } from '../../http/refusals.ts'
import { ErrorPage } from '../../web/error-page.tsx'
import type { Notice } from '../../web/layout.tsx'
import { messageOf } from '../../web/words.ts'
import { ChannelPage } from './channel-view.tsx'

export const channelPages = new Hono<SignedIn>()

const NOTICES: Record<string, Notice> = {
  created: { kind: 'good', text: 'The channel is created. Send a test on the Alerts page.' },
  saved: { kind: 'good', text: 'The channel is saved.' },
}

interface Shown {
  kind: ChannelKind
  /** Null: a new one. */
  channel: ChannelInfo | null
  name: string
  target?: string
  secret?: string | null
  notice?: Notice | null
}

function show(c: Context<SignedIn>, shown: Shown): Response | Promise<Response> {
  const { name, accountName, role } = c.get('member')
  return c.html(
    <ChannelPage
      viewer={{ name, accountName }}
      target=""
      secret={null}
      {...shown}
      isOwner={role === 'owner'}
      notice={shown.notice ?? null}
    />,
    shown.notice?.kind === 'bad' ? 400 : 200,
  )
}

const kindOf = (c: Context<SignedIn>): ChannelKind =>
  CHANNEL_KINDS.find((kind) => kind === c.req.query('kind')) ?? 'webhook'

const notFound = (c: Context<SignedIn>): Response | Promise<Response> =>
  c.html(
    <ErrorPage
      viewer={c.get('member')}
      title="Channel not found"
      message="Your account has no such channel. Alerts lists all that there are."
    />,
    404,
  )

channelPages.get('/new', (c) => show(c, { kind: kindOf(c), channel: null, name: '' }))

channelPages.post('/new', async (c) => {
  const kind = kindOf(c)
  const { name = '', target = '' } = await readForm(c.req.raw)
  const input = readInput(newChannel, { name, kind, target })
  const { origin } = new URL(c.req.url)
  const made = isRefusal(input)
    ? input
    : await createChannel(c.env, c.get('member'), input, origin, Date.now())
  if (isRefusal(made)) {
    const notice = { kind: 'bad', text: messageOf(made) } as const
    return show(c, { kind, channel: null, name, target, notice })
  }
  const { channel, secret } = made
  return show(c, { kind, channel, name: channel.name, secret, notice: NOTICES['created']! })
})

channelPages.get('/:id', async (c) => {
  const channel = await findChannel(c.env, c.get('member').accountId, c.req.param('id'))
  return channel ? show(c, { kind: channel.kind, channel, name: channel.name }) : notFound(c)
})

channelPages.post('/:id', async (c) => {
  const member = c.get('member')
  const channel = await findChannel(c.env, member.accountId, c.req.param('id'))
  if (!channel) return notFound(c)
  const { name = '', target = '', rotate } = await readForm(c.req.raw)
  const input = readInput(channelChanges, {
    name,
    ...(target.trim() === '' ? {} : { target }),
    rotateSecret: rotate !== undefined,
  })
  const changed = isRefusal(input)
    ? input
    : await updateChannel(c.env, member, channel.id, input, Date.now())
  if (changed === null) return notFound(c)
  const { kind } = channel
  if (isRefusal(changed)) {
    const notice = { kind: 'bad', text: messageOf(changed) } as const
    return show(c, { kind, channel, name, target, notice })
  }
  const notice = NOTICES['saved']!
  return show(c, { kind, ...changed, name: changed.channel.name, notice })
})

channelPages.post('/:id/test', async (c) => {
  const member = c.get('member')
  const channel = await findChannel(c.env, member.accountId, c.req.param('id'))
  if (!channel) return notFound(c)
  const error = await testChannel(c.env, channel, member.accountName, Date.now())
  const after = await findChannel(c.env, member.accountId, channel.id)
  const notice: Notice =
    error === null
      ? { kind: 'good', text: 'The test was delivered.' }
      : { kind: 'bad', text: `The test was not delivered: ${error}.` }
  return show(c, { kind: channel.kind, channel: after ?? channel, name: channel.name, notice })
})

channelPages.post('/:id/delete', async (c) => {
  const deleted = await deleteChannel(c.env, c.get('member'), c.req.param('id'), Date.now())
  return deleted ? c.redirect('/alerts?notice=channel-deleted', 303) : notFound(c)
})
