import type { Env } from '../../env.ts'
import { uuidv7 } from '../../http/uuid.ts'
import { compose } from '../compose.ts'
import { noteTried, sendTo } from '../deliver/store.ts'
import type { Facts } from '../facts.ts'
import type { ChannelRow } from './store.ts'

/** Sends a test to a channel at once, and notes the result with it. Null: it was taken; otherwise the reason. */
export async function testChannel(
  env: Env,
  channel: ChannelRow,
  accountName: string,
  nowMs: number,
): Promise<string | null> {
  const facts: Facts = {
    kind: 'test',
    level: 'warning',
    ruleId: null,
    name: channel.name,
    scope: { kind: 'account', value: null },
    value: null,
    limit: null,
    unit: null,
    fromMs: null,
    toMs: null,
    detail: {},
  }
  const content = compose(
    facts,
    { causes: [], basis: null },
    { zone: 'UTC', names: new Map() },
    { position: 1, most: 2 },
  )
  const message = { id: uuidv7(nowMs), atMs: nowMs, facts, content, accountName }
  const error = await sendTo(env, channel, message)
  await noteTried(env, null, [{ channelId: channel.id, error, nextAtMs: null }], Date.now())
  return error
}
