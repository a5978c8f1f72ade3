import type { Refusal } from '../http/refusals.ts'
import { refuseAccess } from './access.ts'
import type { ProxyRequest } from './request.ts'

/** The reason why the account or the token may not use this endpoint, before the body is read; null: they may. */
export function refuseByPolicy(proxied: ProxyRequest): Promise<Refusal | null> {
  const { endpoint, caller, url } = proxied
  const { refusal, allowedBy, name } = endpoint
  const isAllowed = refusal === null || (allowedBy !== null && caller.settings[allowedBy])
  if (!isAllowed)
    return Promise.resolve({ reason: 'endpoint_refused', endpoint: name, why: refusal })
  return refuseAccess(proxied, url.searchParams)
}
