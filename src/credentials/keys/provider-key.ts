import { open, seal } from '../seal/seal.ts'
import { SEALED } from '../seal/sealed.ts'

// Binds a key to its account: a key moved to another account's row does not open there.
const context = (accountId: string): string => SEALED.providerKeys.context(accountId, 'grok')

export async function sealProviderKey(
  masterKeys: string,
  accountId: string,
  key: string,
): Promise<string> {
  return seal(masterKeys, context(accountId), key)
}

/** The account's xAI key, for one request. Throws a SealError. */
export async function openProviderKey(
  masterKeys: string,
  accountId: string,
  sealed: string,
): Promise<string> {
  return open(masterKeys, context(accountId), sealed)
}
