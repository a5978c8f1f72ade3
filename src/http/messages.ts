import type { Refusal } from './refusals.ts'
import { CREDENTIAL_MESSAGES } from './credential-messages.ts'
import { SPEND_MESSAGES } from './spend-messages.ts'
import {
  broken,
  forbidden,
  invalid,
  unauthenticated,
  unavailable,
  type Messages,
  type WireError,
} from './wire-error.ts'

/** Each message says what could not be done, the value, and what to do. */
const MESSAGES: Messages = {
  ...CREDENTIAL_MESSAGES,
  ...SPEND_MESSAGES,
  base_path_missing: (refusal) =>
    invalid(
      404,
      'base_path_missing',
      `Cannot serve ${refusal.path}: xAI is proxied below ${refusal.base}; use that as the base URL. @ai-sdk/xai leaves the path of its base URL out for realtime and cannot be used for it: open ${refusal.base.replace(/^http/, 'ws')}/v1/realtime yourself`,
    ),
  endpoint_unknown: (refusal) =>
    invalid(
      404,
      'unknown_endpoint',
      `Cannot serve ${refusal.path}: xAI has no such endpoint; the nearest is ${refusal.nearest}. All: ${refusal.list}`,
    ),
  endpoint_refused: (refusal) =>
    forbidden('endpoint_refused', `Cannot serve ${refusal.endpoint}: ${refusal.why}`),
  method_not_allowed: (refusal) => {
    const allow = refusal.allowed.join(', ')
    const use = `use ${allow} /v1/${refusal.endpoint}. All: ${refusal.list}`
    return {
      ...invalid(405, 'method_not_allowed', `Cannot take ${refusal.method} here: ${use}`),
      headers: { allow },
    }
  },
  accounts_unavailable: () =>
    unavailable(
      503,
      'accounts_unavailable',
      'Cannot look up the token: neither KV nor D1 answers; try again in a moment',
    ),
  provider_key_missing: (refusal) =>
    unauthenticated(
      `Cannot call xAI: this account has no xAI key saved; save one at ${refusal.integrateUrl}`,
      'provider_key_missing',
    ),
  master_key_wrong: (refusal) =>
    broken(
      503,
      'master_key_wrong',
      `Cannot open what this deployment has sealed: ${refusal.problem}`,
    ),
  body_encoded: (refusal) =>
    invalid(
      415,
      'unsupported_encoding',
      `Cannot read the body: content-encoding ${refusal.encoding} is not supported; send it unencoded`,
    ),
  body_multipart: (refusal) =>
    invalid(
      415,
      'unsupported_media_type',
      `Cannot forward the request: xAI takes JSON at ${refusal.endpoint}, not multipart/form-data; send the file as a URL or a data: URL in the JSON body`,
    ),
  body_malformed: (refusal) =>
    invalid(400, 'invalid_json', `Cannot parse the body as JSON: ${refusal.problem}`),
  body_not_object: () =>
    invalid(400, 'invalid_json', 'Cannot use the body: it must be a JSON object'),
  field_missing: (refusal) => ({
    ...invalid(
      400,
      'missing_field',
      `Cannot forward the request: "${refusal.field}" is missing; add for example ${refusal.example}`,
    ),
    param: refusal.field,
  }),
  caller_gone: () =>
    invalid(499, 'client_closed_request', 'The caller hung up before an answer began'),
  upstream_unreachable: (refusal) =>
    unavailable(
      502,
      'upstream_unreachable',
      `Cannot reach xAI: no connection to ${refusal.host}; try again in a moment`,
    ),
  upstream_timeout: (refusal) =>
    broken(
      504,
      'upstream_timeout',
      `Cannot reach xAI: no answer within ${refusal.timeoutMs / 1000} s`,
    ),
  upstream_broke_off: () =>
    unavailable(
      502,
      'upstream_broke_off',
      'Cannot get an answer: xAI took the request and closed the connection; trying again may be billed again',
    ),
  upstream_invalid: (refusal) =>
    broken(
      502,
      'upstream_invalid',
      `Cannot pass on the answer: xAI sent the status ${refusal.status}`,
    ),
  field_invalid: (refusal) => ({
    ...invalid(
      400,
      'invalid_field',
      `Cannot forward the request: "${refusal.field}" ${refusal.problem}`,
    ),
    param: refusal.field,
  }),
  body_too_large: (refusal) =>
    invalid(
      413,
      'body_too_large',
      `Cannot read the body: it is larger than ${refusal.limitBytes} bytes`,
    ),
  session_missing: () =>
    unauthenticated(
      'Cannot tell who you are: not signed in, or the session has ended; sign in with a one-time link',
      'session_missing',
    ),
  api_token_unknown: () =>
    unauthenticated(
      'Cannot tell who you are: this API token is unknown or revoked; send one from the Settings page as "Authorization: Bearer mk-metrion-…"',
    ),
  scope_missing: (refusal) =>
    forbidden(
      'scope_missing',
      `Cannot read this: the API token lacks the scope "${refusal.scope}"; create one with it on the Settings page`,
    ),
  code_invalid: () =>
    unauthenticated(
      'Cannot sign in: this one-time link is unknown, used or expired; ask for a new one',
      'invalid_code',
    ),
  passkey_refused: () =>
    unauthenticated(
      'Cannot use this passkey: it is not known here, or took too long; try again, or ask for a one-time link',
      'passkey_refused',
    ),
  passkey_taken: () =>
    invalid(
      409,
      'passkey_taken',
      'Cannot add this passkey: it is in use already; choose another one, or another device',
    ),
  sign_up_closed: () =>
    forbidden(
      'sign_up_closed',
      'Cannot create an account: this deployment accepts new accounts by invitation only; ask its operator for a one-time link',
    ),
  cross_site: () =>
    forbidden(
      'cross_site_request',
      'Cannot accept the request: it comes from another site; call from the deployment’s own pages or without a browser',
    ),
  too_many_attempts: () => ({
    ...invalid(
      429,
      'too_many_attempts',
      'Cannot take more attempts to sign in from your address: wait a minute, then try again',
    ),
    headers: { 'retry-after': '60' },
  }),
  parameter_invalid: (refusal) => ({
    ...invalid(400, 'invalid_parameter', `Cannot use "${refusal.param}": ${refusal.problem}`),
    param: refusal.param,
  }),
  provider_key_refused: (refusal) => ({
    ...invalid(
      400,
      'provider_key_refused',
      `Cannot save the key: xAI refused it (${refusal.status}): ${refusal.text}`,
    ),
    param: 'key',
  }),
  owners_only: (refusal) =>
    forbidden(
      'owners_only',
      `Cannot ${refusal.what}: only owners of the account may; ask one of them`,
    ),
  viewer_reads: () =>
    forbidden(
      'viewer_reads',
      'Cannot change anything: your role is viewer; ask an owner for another role',
    ),
  not_found: (refusal) => invalid(404, 'not_found', `Cannot find ${refusal.what}`),
  internal: (refusal) =>
    broken(
      500,
      'internal_error',
      `Cannot answer: Metrion has a bug; report it with the request id ${refusal.requestId}`,
    ),
}

/** The error that the caller gets for a refusal. */
export function toWire(refusal: Refusal): WireError {
  const message = MESSAGES[refusal.reason] as (refusal: Refusal) => WireError
  return message(refusal)
}
