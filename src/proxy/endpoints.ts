import { CHAT_MEMBERS, chatMeter, isUsageOnly } from '../metering/chat.ts'
import type { Meter } from '../metering/usage.ts'
import type { Refusal } from '../errors.ts'

/** What xAI serves under a path, and how it is metered. A new endpoint is a new row of the table. */
export interface Endpoint {
  methods: readonly string[]
  /** Null: nothing is billed. */
  meter: Meter | null
  /** The members that the meter reads, for answers too large to be parsed whole. */
  members: ReadonlySet<string>
  /** Members that the JSON body must have, each with an example for whoever forgot it. */
  required: Readonly<Record<string, string>>
  /** A stream tells its usage only with `stream_options.include_usage`; such an event is hidden. */
  hiddenUsage: ((event: unknown) => boolean) | null
}

const FREE = { meter: null, members: new Set<string>(), required: {}, hiddenUsage: null }

export const ENDPOINTS = {
  'chat/completions': {
    methods: ['POST'],
    meter: chatMeter,
    members: CHAT_MEMBERS,
    required: {
      model: '"model": "grok-4.3"',
      messages: '"messages": [{"role": "user", "content": "Hello"}]',
    },
    hiddenUsage: isUsageOnly,
  },
  models: { methods: ['GET'], ...FREE },
  'models/{id}': { methods: ['GET'], ...FREE },
} as const satisfies Record<string, Endpoint>

const PREFIX = '/api/proxy/grok'
// An id is what xAI's ids are made of. An escaped slash would let a path mean another endpoint there.
const ID = '[A-Za-z0-9_~:-][A-Za-z0-9._~:-]*'

const routes = Object.entries<Endpoint>(ENDPOINTS).map(([name, endpoint]) => ({
  name,
  endpoint,
  pattern: new RegExp(`^${name.replaceAll(/\{\w+\}/g, ID)}$`),
}))

export interface MatchedEndpoint extends Endpoint {
  /** As in the table: `models/{id}`. */
  name: string
  /** As it is asked of xAI: `/v1/models/grok-4.3`. */
  upstreamPath: string
}

/** `/api/proxy/grok/…`, with any number of leading /v1, whatever base URL an SDK was given. */
export function matchEndpoint(method: string, path: string): MatchedEndpoint | Refusal {
  const rest = path.slice(PREFIX.length).replace(/^(\/+v1(?=\/|$))*\/*/, '')
  const found = routes.find((route) => route.pattern.test(rest))
  if (!found) {
    const served = routes.map(
      (route) => `${route.endpoint.methods.join('|')} ${PREFIX}/v1/${route.name}`,
    )
    return { reason: 'endpoint_unknown', path: `${method} ${path.slice(0, 200)}`, served }
  }
  const { endpoint, name } = found
  if (!endpoint.methods.includes(method)) {
    return { reason: 'method_not_allowed', method, allowed: endpoint.methods }
  }
  return { ...endpoint, name, upstreamPath: `/v1/${rest}` }
}
