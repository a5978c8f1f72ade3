import { open, seal } from '../../credentials/seal/seal.ts'
import { SEALED } from '../../credentials/seal/sealed.ts'
import type { ChannelSecret } from './channel.ts'

const context = (accountId: string, id: string): string => SEALED.channels.context(accountId, id)

export const sealChannel = (
  masterKeys: string,
  accountId: string,
  id: string,
  { target, secret }: ChannelSecret,
): Promise<string> => seal(masterKeys, context(accountId, id), JSON.stringify({ target, secret }))

/** Throws a SealError whose message says what to do. */
export const openChannel = async (
  masterKeys: string,
  accountId: string,
  id: string,
  sealed: string,
): Promise<ChannelSecret> =>
  JSON.parse(await open(masterKeys, context(accountId, id), sealed)) as ChannelSecret
