import type { Env } from '../../env.ts'
import { loggable } from '../../http/error-log.ts'
import { isFailing, type ChannelInfo } from './present.ts'
import { listChannels } from './store.ts'

/** The account's channels that fail; none if the database does not answer, which is logged. */
export async function tryFailingChannels(
  env: Pick<Env, 'DB'>,
  accountId: string,
): Promise<ChannelInfo[]> {
  try {
    return (await listChannels(env, accountId)).filter(isFailing)
  } catch (error) {
    console.error('channels not read', loggable(error))
    return []
  }
}
