import type { Refusal } from '../../http/refusals.ts'
import type { TokenPolicy } from '../callers/settings.ts'
import { isWithin } from './addresses.ts'
import { matchesAny } from './glob.ts'

/** The properties of a request that are known before its body is read. */
interface Presented {
  nowMs: number
  /** As the table of endpoints names it. */
  endpoint: string
  /** Null: Cloudflare did not say. */
  address: string | null
  /** The page where tokens are changed. */
  tokensUrl: string
}

/** The reason why this token may not make this request, whatever its body is; null: it may. */
export function refuseByToken(policy: TokenPolicy, presented: Presented): Refusal | null {
  const { expiresAtMs, disabled, addresses, endpoints } = policy
  const { nowMs, endpoint, address, tokensUrl } = presented
  if (disabled) return { reason: 'token_disabled', tokensUrl }
  if (expiresAtMs !== null && nowMs >= expiresAtMs)
    return { reason: 'token_expired', expiresAtMs, tokensUrl }
  if (addresses !== null && (address === null || !isWithin(addresses, address)))
    return { reason: 'address_not_allowed', address: address ?? 'unknown', tokensUrl }
  if (endpoints !== null && !matchesAny(endpoints, endpoint))
    return { reason: 'endpoint_not_allowed', endpoint, allowed: endpoints }
  return null
}

/** The reason why this token may not use a model; null: it may. `model` null: the request names none. */
export function refuseModel({ models }: TokenPolicy, model: string | null): Refusal | null {
  if (models === null || (model !== null && matchesAny(models, model))) return null
  return { reason: 'model_not_allowed', model, allowed: models }
}
