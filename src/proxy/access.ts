import type { Caller } from '../callers/store.ts'
import type { Env } from '../env.ts'
import type { Refusal } from '../errors.ts'
import { forgetObject, isMaker, noteObject, type MadeObject } from '../objects/store.ts'
import type { Credential } from './credential.ts'
import type { Ending } from './ending.ts'
import type { MatchedEndpoint } from './match.ts'

/** Whoever brings a key of its own may do with it at xAI what it likes: there is nothing to guard. */
const isLimited = ({ mode }: Credential, { scope }: Caller): boolean =>
  mode === 'stored' && scope === 'inference'

const objectOf = ({ accountId, tokenId }: Caller, id: string): MadeObject => ({
  accountId,
  id,
  tokenId,
})

/** Why a token may not do this with the stored key; null: it may. */
export async function refuseAccess(
  env: Env,
  endpoint: MatchedEndpoint,
  credential: Credential,
  caller: Caller,
): Promise<Refusal | null> {
  const { access, id, name } = endpoint
  if (access === 'any' || !isLimited(credential, caller)) return null
  if (access === 'none' || id === null) return { reason: 'token_scope', endpoint: name }
  try {
    const isOwn = await isMaker(env, objectOf(caller, id))
    return isOwn ? null : { reason: 'object_not_own', endpoint: name }
  } catch (error) {
    console.error('maker of an object not known', String(error))
    return { reason: 'accounts_unavailable' }
  }
}

/** The same of an answer that the request continues. Should D1 not say whose it is, it goes on. */
export async function refuseContinuing(
  env: Env,
  previousResponseId: string | null,
  credential: Credential,
  caller: Caller,
): Promise<Refusal | null> {
  if (previousResponseId === null || !isLimited(credential, caller)) return null
  try {
    const isOwn = await isMaker(env, objectOf(caller, previousResponseId))
    return isOwn ? null : { reason: 'object_not_own', endpoint: 'responses/{id}' }
  } catch (error) {
    console.error('maker of a response not known', String(error))
    return null
  }
}

interface Noting {
  env: Env
  endpoint: MatchedEndpoint
  credential: Credential
  caller: Caller
  method: string
}

/** Remembers what a request has made at xAI, or that it has deleted it. */
export async function noteObjects(noting: Noting, { made, status }: Ending): Promise<void> {
  const { env, endpoint, credential, caller, method } = noting
  const { access, id, makes } = endpoint
  if (!isLimited(credential, caller)) return
  if (made !== null) {
    const keeping = makes === 'upload' ? 'until-deleted' : 'days'
    await noteObject(env, objectOf(caller, made), keeping)
  }
  if (method === 'DELETE' && access === 'own' && id !== null && status === 200)
    await forgetObject(env, objectOf(caller, id))
}
