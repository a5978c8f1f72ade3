import type { Caller } from '../callers/store.ts'
import type { Env } from '../env.ts'
import type { Refusal } from '../errors.ts'
import { forgetObject, isMaker, noteObject, type MadeObject } from '../objects/store.ts'
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
  const { env, endpoint, caller } = asking
  const { access, id, name, socket } = endpoint
  if (!isLimited(asking)) return null
  const joins = socket !== null && JOINING.some((one) => query.has(one))
  if (access === 'any' && !joins) return null
  if (access !== 'own' || id === null) return { reason: 'token_scope', endpoint: name }
  try {
    const isOwn = await isMaker(env, objectOf(caller, id))
    return isOwn ? null : { reason: 'object_not_own', endpoint: name }
  } catch (error) {
    console.error('maker of an object not known', String(error))
    return { reason: 'accounts_unavailable' }
  }
}

/** The same of what a request names: an answer that it continues, or files. Should D1 not say, it goes on. */
export async function refuseNamed(asking: Asking, ids: readonly string[]): Promise<Refusal | null> {
  if (ids.length === 0 || !isLimited(asking)) return null
  const { env, endpoint, caller } = asking
  try {
    const own = await Promise.all(ids.map((id) => isMaker(env, objectOf(caller, id))))
    return own.every(Boolean) ? null : { reason: 'object_not_own', endpoint: endpoint.name }
  } catch (error) {
    console.error('maker of what is named not known', String(error))
    return null
  }
}

const decoder = new TextDecoder()

/** The objects that a body names, as far as it has been read; larger ones say no more than what they continue. */
export function namedBy(asking: Asking, { content, facts }: OutgoingBody): string[] {
  if (!isLimited(asking)) return []
  if (content instanceof Uint8Array) return referencesIn(decoder.decode(content))
  const { previousResponseId } = facts()
  return previousResponseId === null ? [] : [previousResponseId]
}

/** Remembers what a request has made at xAI, or that it has deleted it. */
export async function noteObjects(asking: Asking, { made, status }: Ending): Promise<void> {
  const { env, endpoint, credential, caller, method } = asking
  const { access, id, makes } = endpoint
  if (credential.mode !== 'stored') return
  // Answers are many: those of other tokens are looked up in the ledger should their scope change.
  if (made !== null && (isLimited(asking) || makes !== 'answer')) {
    const keeping = makes === 'upload' ? 'until-deleted' : 'days'
    await noteObject(env, objectOf(caller, made), keeping)
  }
  const isGone = status === 200 || status === 204 || status === 404
  if (method === 'DELETE' && access === 'own' && id !== null && isGone)
    await forgetObject(env, objectOf(caller, id))
}
