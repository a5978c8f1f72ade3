import type { Refusal } from './errors.ts'
import { forbidden, invalid, unauthenticated, type WireError } from './wire-shape.ts'

/** Those that say of a caller's credentials that they cannot be used, or not for this. */
const REASONS = [
  'token_scope',
  'object_not_own',
  'origin_not_allowed',
  'token_missing',
  'token_malformed',
  'token_unknown',
  'metrion_token_needed',
  'two_metrion_tokens',
  'credentials_swapped',
  'two_api_keys',
  'key_malformed',
  'authorization_malformed',
] as const satisfies readonly Refusal['reason'][]
type CredentialRefusal = Extract<Refusal, { reason: (typeof REASONS)[number] }>

export const isOfCredentials = (refusal: Refusal): refusal is CredentialRefusal =>
  (REASONS as readonly string[]).includes(refusal.reason)

/** What a caller hears whose credentials cannot be used. */
export function credentialToWire(refusal: CredentialRefusal): WireError {
  switch (refusal.reason) {
    case 'token_scope':
      return forbidden(
        'token_scope',
        `Cannot serve ${refusal.endpoint}: it concerns the whole xAI account, and the scope of this token is inference; use a token of the scope all, which the Settings page gives`,
      )
    case 'object_not_own':
      return invalid(
        404,
        'not_found',
        `Cannot find this at ${refusal.endpoint}: the scope of this token is inference, and it has made no such object; use the token that made it, or one of the scope all`,
      )
    case 'origin_not_allowed':
      return forbidden(
        'origin_not_allowed',
        `Cannot serve web pages of ${refusal.origin}: ALLOWED_ORIGINS does not name it; an owner adds it under Settings (${refusal.settingsUrl})`,
      )
    case 'token_missing':
      return unauthenticated(
        'Cannot authenticate: no token was sent; send your Metrion token (sk-metrion-…) as the API key',
      )
    case 'token_malformed':
      return unauthenticated(
        `Cannot authenticate: ${refusal.header} does not hold a Metrion token, which is sk-metrion- and 32 hexadecimal digits in lower case; copy it again from the Integrate page`,
      )
    case 'token_unknown':
      return unauthenticated(
        'Cannot authenticate: this Metrion token is unknown or revoked; take a valid one from the Integrate page',
      )
    case 'metrion_token_needed':
      return unauthenticated(
        'Cannot tell the account: the API key is not a Metrion token; send a Metrion token (sk-metrion-…) as the API key, or keep your xAI key there and send the Metrion token in the x-metrion-token header',
      )
    case 'two_metrion_tokens':
      return unauthenticated(
        'Cannot tell the mode: both the API key and x-metrion-token are Metrion tokens; drop x-metrion-token to use the stored xAI key, or send your own xAI key as the API key',
      )
    case 'credentials_swapped':
      return unauthenticated(
        'Cannot authenticate: the two credentials are swapped; send the xAI key as the API key and the Metrion token in x-metrion-token',
      )
    case 'two_api_keys':
      return unauthenticated(
        'Cannot tell the API key: Authorization and x-api-key hold different ones; send one of them, and a Metrion token beside your own xAI key in x-metrion-token',
      )
    case 'key_malformed':
      return unauthenticated(`Cannot use the xAI key: ${refusal.problem}`)
    case 'authorization_malformed':
      return unauthenticated(
        'Cannot read the API key: send it as "Authorization: Bearer KEY" or as x-api-key',
      )
  }
}
