import { forbidden, invalid, unauthenticated, type Messages } from './wire-error.ts'

/** Messages for credentials that are invalid, or that do not allow the request. */
export const CREDENTIAL_MESSAGES = {
  token_scope: (refusal) =>
    forbidden(
      'token_scope',
      `Cannot serve ${refusal.endpoint}: it concerns the whole xAI account, and the scope of this token is inference; use a token of the scope all, which the Settings page gives`,
    ),
  object_not_own: (refusal) =>
    invalid(
      404,
      'not_found',
      `Cannot find this at ${refusal.endpoint}: the scope of this token is inference, and it has not created this object; use the token that created it, or a token with the scope all`,
    ),
  origin_not_allowed: (refusal) =>
    forbidden(
      'origin_not_allowed',
      `Cannot serve web pages of ${refusal.origin}: ALLOWED_ORIGINS does not name it; an owner adds it under Settings (${refusal.settingsUrl})`,
    ),
  token_missing: () =>
    unauthenticated(
      'Cannot authenticate: no token was sent; send your Metrion token (sk-metrion-…) as the API key',
    ),
  token_malformed: (refusal) =>
    unauthenticated(
      `Cannot authenticate: ${refusal.header} does not hold a Metrion token, which is sk-metrion- and 32 hexadecimal digits in lower case; copy it again from the Integrate page`,
    ),
  token_unknown: () =>
    unauthenticated(
      'Cannot authenticate: this Metrion token is unknown or revoked; take a valid one from the Integrate page',
    ),
  token_expired: ({ expiresAtMs, tokensUrl }) =>
    unauthenticated(
      `Cannot authenticate: this Metrion token expired at ${new Date(expiresAtMs).toISOString()}; extend it or create another one at ${tokensUrl}`,
      'expired_api_key',
    ),
  token_disabled: ({ tokensUrl }) =>
    unauthenticated(
      `Cannot authenticate: this Metrion token is disabled; a member of the account enables it at ${tokensUrl}`,
      'disabled_api_key',
    ),
  address_not_allowed: ({ address, tokensUrl }) =>
    forbidden(
      'address_not_allowed',
      `Cannot serve the address ${address}: it is not among the addresses of this token; a member of the account adds it at ${tokensUrl}`,
    ),
  endpoint_not_allowed: ({ endpoint, allowed }) =>
    forbidden(
      'endpoint_not_allowed',
      `Cannot serve ${endpoint}: this token may use ${listed(allowed, 'no endpoint')}`,
    ),
  model_not_allowed: ({ model, allowed }) => ({
    ...forbidden(
      'model_not_allowed',
      model === null
        ? `Cannot forward the request: it names no model, and this token may use ${listed(allowed, 'none')}; name one of them`
        : `Cannot use the model "${model.slice(0, 100)}": this token may use ${listed(allowed, 'none')}`,
    ),
    param: 'model',
  }),
  models_unseen: ({ endpoint, allowed }) =>
    forbidden(
      'model_not_allowed',
      `Cannot serve ${endpoint}: this token may use ${listed(allowed, 'no model')}, and Metrion cannot see which models this request uses; use a token without a limit on models`,
    ),
  metrion_token_needed: () =>
    unauthenticated(
      'Cannot tell the account: the API key is not a Metrion token; send a Metrion token (sk-metrion-…) as the API key, or keep your xAI key there and send the Metrion token in the x-metrion-token header',
    ),
  two_metrion_tokens: () =>
    unauthenticated(
      'Cannot tell the mode: both the API key and x-metrion-token are Metrion tokens; drop x-metrion-token to use the stored xAI key, or send your own xAI key as the API key',
    ),
  credentials_swapped: () =>
    unauthenticated(
      'Cannot authenticate: the two credentials are swapped; send the xAI key as the API key and the Metrion token in x-metrion-token',
    ),
  two_api_keys: () =>
    unauthenticated(
      'Cannot tell the API key: Authorization and x-api-key hold different ones; send one of them, and a Metrion token beside your own xAI key in x-metrion-token',
    ),
  key_malformed: (refusal) => unauthenticated(`Cannot use the xAI key: ${refusal.problem}`),
  operator_pass_unknown: () =>
    invalid(
      401,
      'operator_pass_unknown',
      'Cannot run the doctor: the pass is missing, unknown or expired; run npm run doctor, or open the Health page',
    ),
  authorization_malformed: () =>
    unauthenticated(
      'Cannot read the API key: send it as "Authorization: Bearer KEY" or as x-api-key',
    ),
} satisfies Partial<Messages>

/** The first of what is allowed; `none` where nothing is. */
function listed(allowed: readonly string[], none: string): string {
  const shown = allowed.slice(0, 10).join(', ')
  if (allowed.length === 0) return none
  return allowed.length > 10 ? `${shown} and ${allowed.length - 10} more` : shown
}
