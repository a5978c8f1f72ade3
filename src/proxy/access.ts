import type { Caller } from '../callers/store.ts'
import type { Env } from '../env.ts'
import type { Refusal } from '../errors.ts'
import { forgetObject, isMakerOfAll, type Made, type MadeObject } from '../objects/store.ts'
import type { OutgoingBody } from './body.ts'
import type { Credential } from './credential.ts'
import type { Ending } from './ending.ts'
import type { MatchedEndpoint } from './match.ts'
import { referencesIn } from './references.ts'

/** Whoever asks, and what for. */
export interface Asking {
  env: Env
  endpoint: MatchedEndpoint
  credential: Credential
  caller: Caller
  method: string
}

/** Whoever brings a key of its own may do with it at xAI what it likes: there is nothing to guard. */
export const isLimited = ({ credential, caller }: Asking): boolean =>
  credential.mode === 'stored' && caller.scope === 'inference'

const objectOf = ({ accountId, tokenId }: Caller, id: string): MadeObject => ({
  accountId,
  id,
  tokenId,
})

// Of a call or a conversation that is under way, whoever has begun it.
const JOINING = ['call_id', 'conversation_id', 'session_id'] as const

/** Why a token may not do this with the stored key; null: it may. */
export async function refuseAccess(
  asking: Asking,
  query: URLSearchParams,
): Promise<Refusal | null> {
  const { endpoint } = asking
  const { access, id, name, socket } = endpoint
  if (!isLimited(asking)) return null
  const joins = socket !== null && JOINING.some((one) => query.has(one))
  if (access === 'any' && !joins) return null
  if (access !== 'own' || id === null) return { reason: 'token_scope', endpoint: name }
  return refuseStrange(asking, [id])
}

async function refuseStrange(
  { env, endpoint, caller }: Asking,
  ids: readonly string[],
): Promise<Refusal | null> {
  try {
    const isOwn = await isMakerOfAll(env, caller, ids)
    return isOwn ? null : { reason: 'object_not_own', endpoint: endpoint.name }
  } catch (error) {
    console.error('makers of objects not known', String(error))
    return { reason: 'accounts_unavailable' }
  }
}

/** More than any prompt has. */
const MOST_NAMED = 500

/** The same of what a request names: an answer that it continues, or files. */
export async function refuseNamed(asking: Asking, ids: readonly string[]): Promise<Refusal | null> {
  if (ids.length === 0 || !isLimited(asking)) return null
  if (ids.length > MOST_NAMED)
    return {
      reason: 'field_invalid',
      field: 'file_id',
      problem: `names more than ${MOST_NAMED} objects, which are too many to look up; use a token of the scope all`,
    }
  return refuseStrange(asking, ids)
}

const decoder = new TextDecoder()

/** The objects that a body names, as far as it has been read; larger ones say no more than what they continue. */
export function namedBy(asking: Asking, { content, facts }: OutgoingBody): string[] {
  if (!isLimited(asking)) return []
  if (content instanceof Uint8Array) return referencesIn(decoder.decode(content))
  const { previousResponseId } = facts()
  return previousResponseId === null ? [] : [previousResponseId]
}

/** What a request has made at xAI, where that is to be noted; null: nothing. */
export function madeBy(asking: Asking, { made }: Ending): Made | null {
  const { endpoint, credential, caller } = asking
  const { makes } = endpoint
  if (credential.mode !== 'stored' || made === null) return null
  // Answers are many: those of other tokens are looked up in the ledger should their scope change.
  if (!isLimited(asking) && makes === 'answer') return null
  return { ...objectOf(caller, made), keeping: makes === 'upload' ? 'until-deleted' : 'days' }
}

/** Forgets what a request has deleted, or found to be gone. */
export async function forgetDeleted(asking: Asking, { status }: Ending): Promise<void> {
  const { env, endpoint, credential, caller, method } = asking
  const { access, id } = endpoint
  const isGone = status === 200 || status === 204 || status === 404
  if (
    credential.mode === 'stored' &&
    method === 'DELETE' &&
    access === 'own' &&
    id !== null &&
    isGone
  )
    await forgetObject(env, objectOf(caller, id))
}
