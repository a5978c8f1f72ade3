import { refuseModel } from '../credentials/policy/policy.ts'
import type { Refusal } from '../http/refusals.ts'
import { asObject } from '../metering/counts.ts'
import type { BodyFacts } from '../xai/body-facts.ts'
import { modelsIn } from '../xai/references.ts'
import { HELD_LIMIT_BYTES, type OutgoingBody } from './body.ts'
import type { ProxyRequest } from './request.ts'

/** The token may only use some models, and this endpoint is one that uses any. */
export const limitsModels = ({ caller, endpoint }: ProxyRequest): boolean =>
  caller.policy.models !== null && (endpoint.models !== 'none' || endpoint.socket !== null)

/** Sent by some of xAI's own clients; takes the place of the model in the body. */
const OVERRIDE = 'x-grok-model-override'

/** The reason why the token may not use the models that a request names, or lets xAI choose; null: it may. */
export function refuseModels(proxied: ProxyRequest, body: OutgoingBody): Refusal | null {
  if (!limitsModels(proxied)) return null
  const override = proxied.request.headers.get(OVERRIDE)
  return (
    (override === null ? null : refuseModel(proxied.caller.policy, override)) ??
    (proxied.endpoint.socket === null ? refuseBody(proxied, body) : refuseUrl(proxied))
  )
}

/** A WebSocket's URL. Several values are all looked at: nobody can say which of them xAI takes. */
function refuseUrl({ endpoint, caller, url }: ProxyRequest): Refusal | null {
  const models = url.searchParams.getAll('model')
  if (models.length === 0 && endpoint.socket?.namesModel === 'url')
    return refuseModel(caller.policy, null)
  return endpoint.socket?.namesModel ? refuseEach(caller.policy, models) : null
}

function refuseBody(proxied: ProxyRequest, body: OutgoingBody): Refusal | null {
  const { endpoint } = proxied
  if (endpoint.models === 'hidden') return unseen(proxied)
  const isPassing = body.content instanceof ReadableStream
  if (endpoint.isJson && endpoint.models === 'one')
    return isPassing ? null : refuseFacts(proxied, body.facts(), true)
  if (body.content === null) return null
  // Its models are in the middle of it: it is read whole, or not forwarded.
  if (!(body.content instanceof Uint8Array))
    return { reason: 'body_too_large', limitBytes: HELD_LIMIT_BYTES }
  const value = parse(body.content)
  if (value === undefined) return { reason: 'body_malformed', problem: 'it is no JSON object' }
  if (endpoint.models === 'items') return refuseItems(proxied, value)
  const { model } = value
  return model === undefined ? null : refuseModel(proxied.caller.policy, asText(model))
}

/** Requests of a batch, each of which has to name its model. A file of them cannot be read here. */
function refuseItems(proxied: ProxyRequest, value: Record<string, unknown>): Refusal | null {
  const { policy } = proxied.caller
  if (value['input_file_id'] != null) return unseen(proxied)
  const lists = [value['batch_requests'], value['requests']].filter(Array.isArray).flat()
  for (const item of lists) {
    const models = modelsIn(item)
    const refusal = models.length === 0 ? refuseModel(policy, null) : refuseEach(policy, models)
    if (refusal) return refusal
  }
  return refuseEach(policy, modelsIn(value))
}

const unseen = ({ endpoint, caller }: ProxyRequest): Refusal => ({
  reason: 'models_unseen',
  endpoint: endpoint.name,
  allowed: caller.policy.models ?? [],
})

/** Checks the facts of a body that are known by now. `isWhole`: no more will come. */
export function refuseFacts(
  { endpoint, caller }: ProxyRequest,
  { requestedModel, namesTwoModels }: BodyFacts,
  isWhole: boolean,
): Refusal | null {
  if (namesTwoModels)
    return { reason: 'field_invalid', field: 'model', problem: 'is there twice; name one model' }
  if (requestedModel === null && !(isWhole && endpoint.models === 'one')) return null
  return refuseModel(caller.policy, requestedModel)
}

type Policy = ProxyRequest['caller']['policy']

/** The first refusal among several models. */
function refuseEach(policy: Policy, models: readonly string[]): Refusal | null {
  for (const model of models) {
    const refusal = refuseModel(policy, model)
    if (refusal) return refusal
  }
  return null
}

/**
 * An event of a WebSocket: its own model, or that of the response or session in it. `asks`: it asks for an answer,
 * and has to name a model unless the URL did.
 */
export function refuseEvent(
  { caller, url }: ProxyRequest,
  event: unknown,
  asks: boolean,
): Refusal | null {
  const value = asObject(event) ?? {}
  const parts = [value, asObject(value['response']), asObject(value['session'])]
  const models = parts.flatMap((part) =>
    part?.['model'] === undefined ? [] : [asText(part['model'])],
  )
  if (models.length === 0)
    return asks && !url.searchParams.has('model') ? refuseModel(caller.policy, null) : null
  return models.map((model) => refuseModel(caller.policy, model)).find(Boolean) ?? null
}

const asText = (value: unknown): string | null => (typeof value === 'string' ? value : null)

const decoder = new TextDecoder()

/** Undefined: no JSON object, so that xAI does not take it either. */
function parse(bytes: Uint8Array): Record<string, unknown> | undefined {
  try {
    return asObject(JSON.parse(decoder.decode(bytes))) ?? undefined
  } catch {
    return undefined
  }
}
