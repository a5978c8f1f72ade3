import type { Refusal } from '../http/refusals.ts'
import { offeredProtocols, secretIn } from './headers.ts'
import { isXaiKey, keyProblem } from '../xai/key-shape.ts'
import { isToken, looksLikeToken } from '../credentials/tokens/token.ts'

export type Credential =
  | { mode: 'stored'; token: string }
  /** The caller's own key, for this request alone. */
  | { mode: 'pass-through'; token: string; key: string }

/** The parts that must not be repeated anywhere. */
export const secretsOf = (credential: Credential): string[] =>
  credential.mode === 'stored' ? [credential.token] : [credential.token, credential.key]

/** The mode of a request follows from its credentials alone. No I/O. */
export function readCredential(headers: Headers): Credential | Refusal {
  const apiKey = readApiKey(headers)
  if (typeof apiKey !== 'string') return apiKey
  const token = headers.get('x-metrion-token')?.trim() ?? ''
  if (looksLikeToken(apiKey)) {
    if (looksLikeToken(token)) return { reason: 'two_metrion_tokens' }
    if (token !== '') return { reason: 'credentials_swapped' }
    return isToken(apiKey)
      ? { mode: 'stored', token: apiKey }
      : {
          reason: 'token_malformed',
          header: headers.has('authorization') ? 'authorization' : 'x-api-key',
        }
  }
  if (token === '') return { reason: apiKey === '' ? 'token_missing' : 'metrion_token_needed' }
  if (!isToken(token)) return { reason: 'token_malformed', header: 'x-metrion-token' }
  if (apiKey === '' && (headers.has('authorization') || headers.has('x-api-key'))) {
    // A caller that meant to use its own key must not pay with the stored one.
    return { reason: 'authorization_malformed' }
  }
  if (apiKey === '') return { mode: 'stored', token }
  return isXaiKey(apiKey)
    ? { mode: 'pass-through', token, key: apiKey }
    : { reason: 'key_malformed', problem: keyProblem(apiKey) }
}

/**
 * `Authorization: Bearer`, `x-api-key` as Anthropic's SDKs send it, or a WebSocket's protocol. An SDK may
 * send the same value in the first two. If they differ and one is a Metrion token, it is unclear which should
 * pay: the request is refused. Of two different keys, `Authorization` is used.
 */
function readApiKey(headers: Headers): string | Refusal {
  const bearer = /^bearer\s+(.+)$/i.exec(headers.get('authorization') ?? '')?.[1]?.trim()
  const apiKey = headers.get('x-api-key')?.trim()
  const hasToken = [bearer, apiKey].some((one) => looksLikeToken(one ?? ''))
  if (bearer && apiKey && bearer !== apiKey && hasToken) return { reason: 'two_api_keys' }
  return bearer ?? apiKey ?? readProtocol(headers).trim()
}

function readProtocol(headers: Headers): string {
  const secrets = offeredProtocols(headers).map(secretIn)
  return secrets.find((secret) => secret !== null) ?? ''
}
