import type { Refusal } from '../errors.ts'
import { ENDPOINTS, type Endpoint } from './endpoints.ts'

/** Where the proxy is; everything below it is xAI's. */
export const PREFIX = '/api/proxy/grok'
// An id is what xAI's ids are made of. An escaped slash would let a path mean another endpoint there.
const ID = '[A-Za-z0-9_~:-][A-Za-z0-9._~:-]*'

const routes = Object.entries<Endpoint>(ENDPOINTS).map(([key, endpoint]) => {
  const name = key.replace(/^[A-Z]+ /, '')
  return {
    name,
    endpoint,
    pattern: new RegExp(`^${name.replaceAll(/\{\w+\}/g, `(${ID})`)}$`),
  }
})

// Most paths are a name in the table: a look-up spares them every pattern.
const byName = Map.groupBy(routes, ({ name }) => name)

const waysOf = ({ methods, socket }: Endpoint): string[] =>
  socket ? [...methods, 'WebSocket'] : [...methods]

export interface MatchedEndpoint extends Endpoint {
  /** As in the table: `models/{id}`. */
  name: string
  /** As it is asked of xAI: `/v1/models/grok-4.3`. */
  upstreamPath: string
  /** The one id in it, where it has one. */
  id: string | null
}

/** `/api/proxy/grok/…`, with any number of leading /v1, whatever base URL an SDK was given. */
export function matchEndpoint(
  method: string,
  path: string,
  isSocket = false,
): MatchedEndpoint | Refusal {
  const rest = path.slice(PREFIX.length).replace(/^(\/+v1(?=\/|$))*\/*/, '')
  const accepts = ({ endpoint }: (typeof routes)[number]): boolean =>
    isSocket ? endpoint.socket !== null : endpoint.methods.includes(method)
  const named = byName.get(rest)?.find(accepts)
  const found = named ? [named] : routes.filter((route) => route.pattern.test(rest))
  if (found.length === 0) {
    const served = routes
      .filter((route) => route.endpoint.refusal === null)
      .map(({ name, endpoint }) => `${waysOf(endpoint).join('|')} /v1/${name}`)
    return { reason: 'endpoint_unknown', path: `${method} ${path.slice(0, 200)}`, served }
  }
  const route = named ?? found.find(accepts)
  if (!route) {
    const methods = [...new Set(found.flatMap(({ endpoint }) => endpoint.methods))]
    const allowed =
      methods.length > 0 && !isSocket ? methods : found.flatMap((one) => waysOf(one.endpoint))
    return { reason: 'method_not_allowed', method, allowed }
  }
  const id = route.pattern.exec(rest)?.[1] ?? null
  // Of an endpoint that has both, this is the one or the other.
  const socket = isSocket ? route.endpoint.socket : null
  return { ...route.endpoint, socket, name: route.name, upstreamPath: `/v1/${rest}`, id }
}
