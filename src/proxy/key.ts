import type { Caller } from '../credentials/callers/store.ts'
import type { Env } from '../env.ts'
import type { Refusal } from '../http/refusals.ts'
import { openProviderKey } from '../credentials/keys/provider-key.ts'
import { SealError } from '../credentials/seal/seal.ts'
import type { Credential } from './credential.ts'

// Kept as long as the cached caller, in the same memory that holds the master key: unsealing the key for each
// request costs a tenth of all that Metrion does for one.
const opened = new WeakMap<Caller, string>()

/** The key that pays: the caller's own, or the stored key of its account. */
export async function readKey(
  env: Env,
  credential: Credential,
  caller: Caller,
  url: URL,
): Promise<string | Refusal> {
  if (credential.mode === 'pass-through') return credential.key
  if (caller.sealedKey === null) {
    return { reason: 'provider_key_missing', integrateUrl: `${url.origin}/integrate` }
  }
  try {
    const key =
      opened.get(caller) ??
      (await openProviderKey(env.MASTER_KEYS, caller.accountId, caller.sealedKey))
    opened.set(caller, key)
    return key
  } catch (error) {
    if (!(error instanceof SealError)) throw error
    console.error('stored key not opened', caller.accountId, error.message)
    return { reason: 'master_key_wrong', problem: error.message }
  }
}
