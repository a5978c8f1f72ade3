import { refuseByToken } from '../credentials/policy/policy.ts'
import type { Refusal } from '../http/refusals.ts'
import { refuseAccess } from './access.ts'
import type { ProxyRequest } from './request.ts'

/** The reason why the account or the token may not make this request, before its body is read; null: it may. */
export function refuseByPolicy(proxied: ProxyRequest): Promise<Refusal | null> {
  const { endpoint, caller, request, url, exchange } = proxied
  const { refusal, allowedBy, name } = endpoint
  const byToken = refuseByToken(caller.policy, {
    nowMs: exchange.call.atMs,
    endpoint: name,
    address: request.headers.get('cf-connecting-ip'),
    tokensUrl: `${url.origin}/tokens/${caller.tokenId}`,
  })
  if (byToken) return Promise.resolve(byToken)
  const isAllowed = refusal === null || (allowedBy !== null && caller.settings[allowedBy])
  if (!isAllowed)
    return Promise.resolve({ reason: 'endpoint_refused', endpoint: name, why: refusal })
  return refuseAccess(proxied, url.searchParams)
}
