import { open, seal } from '../../credentials/seal/seal.ts'
import { SEALED } from '../../credentials/seal/sealed.ts'

// Binds a key to its account: a key moved to another account's row does not open there.
const context = (accountId: string): string => SEALED.managementKeys.context(accountId, 'grok')

export const sealManagementKey = (
  masterKeys: string,
  accountId: string,
  key: string,
): Promise<string> => seal(masterKeys, context(accountId), key)

/** Throws a SealError. */
export const openManagementKey = (
  masterKeys: string,
  accountId: string,
  sealed: string,
): Promise<string> => open(masterKeys, context(accountId), sealed)
