import { Hono } from 'hono'
import type { SignedIn } from '../../credentials/sessions/middleware.ts'
import { readJsonInput } from '../../http/input.ts'
import { refusalResponse } from '../../http/refusal-response.ts'
import { isRefusal } from '../../http/refusals.ts'
import { channelChanges, newChannel } from './input.ts'
import { presentChannel } from './present.ts'
import { createChannel, deleteChannel, findChannel, listChannels, updateChannel } from './store.ts'
import { testChannel } from './test-store.ts'

export const channelRoutes = new Hono<SignedIn>()

const MISSING = { reason: 'not_found', what: 'this channel in your account' } as const
const OWNERS_ONLY = { reason: 'owners_only', what: 'change channels' } as const

channelRoutes.get('/', async (c) => {
  const channels = await listChannels(c.env, c.get('member').accountId)
  return c.json({ channels: channels.map(presentChannel) })
})

channelRoutes.post('/', async (c) => {
  const member = c.get('member')
  if (member.role !== 'owner') return refusalResponse(OWNERS_ONLY)
  const input = await readJsonInput(newChannel, c.req.raw)
  if (isRefusal(input)) return refusalResponse(input)
  const { origin } = new URL(c.req.url)
  const created = await createChannel(c.env, member, input, origin, Date.now())
  if (isRefusal(created)) return refusalResponse(created)
  return c.json({ ...presentChannel(created.channel), secret: created.secret }, 201)
})

// Somebody else's channel is not found, whoever asks and whatever is wrong with the body.
channelRoutes.patch('/:id', async (c) => {
  const member = c.get('member')
  const id = c.req.param('id')
  if ((await findChannel(c.env, member.accountId, id)) === null) return refusalResponse(MISSING)
  if (member.role !== 'owner') return refusalResponse(OWNERS_ONLY)
  const input = await readJsonInput(channelChanges, c.req.raw)
  if (isRefusal(input)) return refusalResponse(input)
  const changed = await updateChannel(c.env, member, id, input, Date.now())
  if (changed === null) return refusalResponse(MISSING)
  if (isRefusal(changed)) return refusalResponse(changed)
  return c.json({ ...presentChannel(changed.channel), secret: changed.secret })
})

channelRoutes.delete('/:id', async (c) => {
  const member = c.get('member')
  const id = c.req.param('id')
  if ((await findChannel(c.env, member.accountId, id)) === null) return refusalResponse(MISSING)
  if (member.role !== 'owner') return refusalResponse(OWNERS_ONLY)
  await deleteChannel(c.env, member, id, Date.now())
  return c.body(null, 204)
})

channelRoutes.post('/:id/test', async (c) => {
  const member = c.get('member')
  const channel = await findChannel(c.env, member.accountId, c.req.param('id'))
  if (channel === null) return refusalResponse(MISSING)
  if (member.role !== 'owner') return refusalResponse(OWNERS_ONLY)
  const error = await testChannel(c.env, channel, member.accountName, Date.now())
  return c.json({ isDelivered: error === null, error })
})
