import type { Refusal } from '../http/refusals.ts'
import { refuseAccess } from './access.ts'
import type { ProxyRequest } from './request.ts'

/** Whether the account and the token may use this endpoint, before anything of the body is known; null: they may. */
export function refuseByPolicy(proxied: ProxyRequest): Promise<Refusal | null> {
  const { endpoint, caller, url } = proxied
  const { refusal, allowedBy, name } = endpoint
  const isAllowed = refusal === null || (allowedBy !== null && caller.settings[allowedBy])
  if (!isAllowed)
    return Promise.resolve({ reason: 'endpoint_refused', endpoint: name, why: refusal })
  return refuseAccess(proxied, url.searchParams)
}
