import type { Refusal } from './errors.ts'
import { unauthenticated, type WireError } from './wire-shape.ts'

type CredentialRefusal = Extract<
  Refusal,
  {
    reason:
      | 'token_missing'
      | 'token_malformed'
      | 'token_unknown'
      | 'metrion_token_needed'
      | 'two_metrion_tokens'
      | 'credentials_swapped'
      | 'two_api_keys'
      | 'key_malformed'
      | 'authorization_malformed'
  }
>

/** What a caller hears whose credentials cannot be used. */
export function credentialToWire(refusal: CredentialRefusal): WireError {
  switch (refusal.reason) {
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
