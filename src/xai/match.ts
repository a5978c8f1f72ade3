import type { Dialect } from '../http/refusal-response.ts'
import type { Refusal } from '../http/refusals.ts'
import { waysOf, type Endpoint } from './endpoint.ts'
import { ENDPOINTS } from './endpoints.ts'
import { nearestName } from './nearest.ts'

/** The path of the proxy. All paths below it are xAI's. */
export const PREFIX = '/api/proxy/grok'
// Only the characters of xAI's ids: with an escaped slash, xAI could take the path for another endpoint.
const ID = '[A-Za-z0-9_~:-][A-Za-z0-9._~:-]*'

const routes = Object.entries<Endpoint>(ENDPOINTS).map(([key, endpoint]) => {
  const name = key.replace(/^[A-Z]+ /, '')
  return {
    name,
    endpoint,
    pattern: new RegExp(`^${name.replaceAll(/\{\w+\}/g, `(${ID})`)}$`),
  }
})

// Most paths are a name in the table, and a look-up is cheaper than testing every pattern.
const byName = Map.groupBy(routes, ({ name }) => name)

export interface MatchedEndpoint extends Endpoint {
  /** As in the table: `models/{id}`. */
  name: string
  /** As sent to xAI: `/v1/models/grok-4.3`. */
  upstreamPath: string
  /** The id in the path; null: it has none. */
  id: string | null
}

/** The endpoint in rows whose path is not in the table, so that rows do not store arbitrary paths. */
export const NOT_SERVED = '(not served)'

/** The path after the prefix and any number of /v1. */
const restOf = (pathname: string): string =>
  pathname.slice(PREFIX.length).replace(/^(\/+v1(?=\/|$))*\/*/, '')

/** The format in which clients of a path expect errors, whether it is served or not. */
export const dialectOf = (pathname: string): Dialect =>
  /^(messages|complete)(\/|$)/.test(restOf(pathname)) ? 'anthropic' : 'openai'

/** The page that lists all endpoints, and how each is billed. */
const LIST = '/reference#endpoints'
// Keeps a refusal below 300 bytes whatever the path and the host: the characters of its variable parts.
const ROOM_CHARACTERS = 140
const MAX_PATH_CHARACTERS = 60
const MAX_ORIGIN_CHARACTERS = 50

const served = routes.filter((route) => route.endpoint.refusal === null)
const servedNames = [...new Set(served.map(({ name }) => name))]

/** The way to call an endpoint: the one that was tried, if the endpoint takes it. */
function wayTo(name: string, tried: string): string {
  const ways = served.filter((route) => route.name === name).flatMap((one) => waysOf(one.endpoint))
  return ways.includes(tried) ? tried : (ways[0] ?? '')
}

/** Takes `/api/proxy/grok/…` with any number of leading /v1, because base URLs of SDKs differ in it. */
export function matchEndpoint(
  method: string,
  { pathname, origin }: Pick<URL, 'pathname' | 'origin'>,
  isSocket = false,
): MatchedEndpoint | Refusal {
  const rest = restOf(pathname)
  const accepts = ({ endpoint }: (typeof routes)[number]): boolean =>
    isSocket ? endpoint.socket !== null : endpoint.methods.includes(method)
  const named = byName.get(rest)?.find(accepts)
  const found = named ? [named] : routes.filter((route) => route.pattern.test(rest))
  const list = origin.length > MAX_ORIGIN_CHARACTERS ? LIST : `${origin}${LIST}`
  if (found.length === 0) {
    const name = nearestName(rest, servedNames)
    const nearest = `${wayTo(name, isSocket ? 'WebSocket' : method)} /v1/${name}`
    const room = Math.min(MAX_PATH_CHARACTERS, ROOM_CHARACTERS - nearest.length - list.length)
    const path = `${method} /v1/${rest}`.slice(0, room)
    return { reason: 'endpoint_unknown', path, nearest, list }
  }
  const route = named ?? found.find(accepts)
  if (!route) {
    const methods = [...new Set(found.flatMap(({ endpoint }) => endpoint.methods))]
    const allowed =
      methods.length > 0 && !isSocket ? methods : found.flatMap((one) => waysOf(one.endpoint))
    const endpoint = found[0]?.name ?? NOT_SERVED
    return { reason: 'method_not_allowed', method: method.slice(0, 20), endpoint, allowed, list }
  }
  const id = route.pattern.exec(rest)?.[1] ?? null
  // The endpoint may have methods and a socket; this request is only one of the two.
  const socket = isSocket ? route.endpoint.socket : null
  return { ...route.endpoint, socket, name: route.name, upstreamPath: `/v1/${rest}`, id }
}
