import type { Caller } from '../credentials/callers/store.ts'
import type { Refusal } from '../http/refusals.ts'
import {
  deleteObject,
  isCreatorOfAll,
  type NewObject,
  type CreatedObject,
} from '../credentials/objects/store.ts'
import type { OutgoingBody } from './body.ts'
import type { ExchangeResult } from '../settlement/exchange-result.ts'
import type { ProxyRequest } from './request.ts'
import { referencesIn } from '../xai/references.ts'

/** A caller with its own key may do anything with it at xAI: there is nothing to guard. */
export const isLimited = ({ credential, caller }: ProxyRequest): boolean =>
  credential.mode === 'stored' && caller.policy.scope === 'inference'

const objectOf = ({ accountId, tokenId }: Caller, id: string): CreatedObject => ({
  accountId,
  id,
  tokenId,
})

// Query parameters that join a running call or conversation, which another token may have begun.
const JOINING = ['call_id', 'conversation_id', 'session_id'] as const

/** The reason why a token may not do this with the stored key; null: it may. */
export async function refuseAccess(
  proxied: ProxyRequest,
  query: URLSearchParams,
): Promise<Refusal | null> {
  const { endpoint } = proxied
  const { access, id, name, socket } = endpoint
  if (!isLimited(proxied)) return null
  const joins = socket !== null && JOINING.some((one) => query.has(one))
  if (access === 'any' && !joins) return null
  if (access !== 'own' || id === null) return { reason: 'token_scope', endpoint: name }
  return refuseStrange(proxied, [id])
}

async function refuseStrange(
  { env, endpoint, caller }: ProxyRequest,
  ids: readonly string[],
): Promise<Refusal | null> {
  try {
    const isOwn = await isCreatorOfAll(env, caller, ids)
    return isOwn ? null : { reason: 'object_not_own', endpoint: endpoint.name }
  } catch (error) {
    console.error('makers of objects not known', String(error))
    return { reason: 'accounts_unavailable' }
  }
}

/** More than any prompt names. */
const MOST_NAMED = 500

/**
 * The reason why a token may not use the objects that a request names (a response that it continues, or
 * files); null: it may.
 */
export async function refuseNamed(
  proxied: ProxyRequest,
  ids: readonly string[],
): Promise<Refusal | null> {
  if (ids.length === 0 || !isLimited(proxied)) return null
  if (ids.length > MOST_NAMED)
    return {
      reason: 'field_invalid',
      field: 'file_id',
      problem: `names more than ${MOST_NAMED} objects, which are too many to look up; use a token of the scope all`,
    }
  return refuseStrange(proxied, ids)
}

const decoder = new TextDecoder()

/** The ids of objects that a body names. For a body too large to be held: only the response that it continues. */
export function namedBy(proxied: ProxyRequest, { content, facts }: OutgoingBody): string[] {
  if (!isLimited(proxied)) return []
  if (content instanceof Uint8Array) return referencesIn(decoder.decode(content))
  const { previousResponseId } = facts()
  return previousResponseId === null ? [] : [previousResponseId]
}

/** The object that a request created at xAI, if it has to be noted; null: nothing to note. */
export function createdObjectOf(
  proxied: ProxyRequest,
  { createdId }: ExchangeResult,
): NewObject | null {
  const { endpoint, credential, caller } = proxied
  const { makes } = endpoint
  if (credential.mode !== 'stored' || createdId === null) return null
  // Answers are many, so those of unlimited tokens are not noted. If such a token's scope changes, they are
  // looked up in the ledger.
  if (!isLimited(proxied) && makes === 'answer') return null
  return { ...objectOf(caller, createdId), keeping: makes === 'upload' ? 'until-deleted' : 'days' }
}

/** Removes the note of an object that a request deleted or found gone. */
export async function recordDeleted(
  proxied: ProxyRequest,
  { status }: ExchangeResult,
): Promise<void> {
  const { env, endpoint, credential, caller, request } = proxied
  const { access, id } = endpoint
  const isGone = status === 200 || status === 204 || status === 404
  if (
    credential.mode === 'stored' &&
    request.method === 'DELETE' &&
    access === 'own' &&
    id !== null &&
    isGone
  )
    await deleteObject(env, objectOf(caller, id))
}
