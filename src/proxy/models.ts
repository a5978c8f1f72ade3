import { refuseModel } from '../credentials/policy/policy.ts'
import type { Refusal } from '../http/refusals.ts'
import type { BodyFacts } from '../xai/body-facts.ts'
import { modelsIn } from '../xai/references.ts'
import { HELD_LIMIT_BYTES, type OutgoingBody } from './body.ts'
import type { ProxyRequest } from './request.ts'

/** The token may only use some models. */
export const limitsModels = ({ caller }: ProxyRequest): boolean => caller.policy.models !== null

const decoder = new TextDecoder()

/** The reason why the token may not use the models that a request names, or lets xAI choose; null: it may. */
export function refuseModels(proxied: ProxyRequest, body: OutgoingBody): Refusal | null {
  const { endpoint, caller, url } = proxied
  if (!limitsModels(proxied)) return null
  if (endpoint.socket !== null) {
    const model = url.searchParams.get('model')
    const isLater = endpoint.socket.namesModel !== 'url' && model === null
    return isLater ? null : refuseModel(caller.policy, model)
  }
  if (endpoint.isJson) return isPassing(body) ? null : refuseFacts(proxied, body.facts(), true)
  if (!endpoint.takesJson || body.content === null) return null
  // Such a body is not metered, and is only read here: one that is not held cannot be.
  if (!(body.content instanceof Uint8Array))
    return { reason: 'body_too_large', limitBytes: HELD_LIMIT_BYTES }
  return refuseEach(proxied, modelsIn(decoder.decode(body.content)))
}

const isPassing = ({ content }: OutgoingBody): boolean => content instanceof ReadableStream

/** The same for a body that is read while it passes. `isWhole`: what it has not named by now, it does not name. */
export function refuseFacts(
  { endpoint, caller }: ProxyRequest,
  { requestedModel }: BodyFacts,
  isWhole: boolean,
): Refusal | null {
  if (requestedModel === null && !(isWhole && endpoint.takesModel)) return null
  return refuseModel(caller.policy, requestedModel)
}

/** The first refusal among several models. */
export function refuseEach({ caller }: ProxyRequest, models: readonly string[]): Refusal | null {
  for (const model of models) {
    const refusal = refuseModel(caller.policy, model)
    if (refusal) return refusal
  }
  return null
}
