import type { Refusal } from './errors.ts'
import { credentialToWire, isOfCredentials } from './wire-credential.ts'
import {
  broken,
  forbidden,
  invalid,
  unauthenticated,
  unavailable,
  type WireError,
} from './wire-shape.ts'

/** What the caller hears. Sentences: what could not be done, the value, what to do. */
export function toWire(refusal: Refusal): WireError {
  if (isOfCredentials(refusal)) return credentialToWire(refusal)
  switch (refusal.reason) {
    case 'base_path_missing':
      return invalid(
        404,
        'base_path_missing',
        `Cannot serve ${refusal.path}: xAI is proxied below ${refusal.base}; use that as the base URL. @ai-sdk/xai leaves the path of its base URL out for realtime and cannot be used for it: open ${refusal.base.replace(/^http/, 'ws')}/v1/realtime yourself`,
      )
    case 'endpoint_unknown':
      return invalid(
        404,
        'unknown_endpoint',
        `Cannot serve ${refusal.path}: xAI has no such endpoint; the nearest is ${refusal.nearest}. All: ${refusal.list}`,
      )
    case 'endpoint_refused':
      return forbidden('endpoint_refused', `Cannot serve ${refusal.endpoint}: ${refusal.why}`)
    case 'method_not_allowed': {
      const allow = refusal.allowed.join(', ')
      const use = `use ${allow} /v1/${refusal.endpoint}. All: ${refusal.list}`
      return {
        ...invalid(405, 'method_not_allowed', `Cannot take ${refusal.method} here: ${use}`),
        headers: { allow },
      }
    }
    case 'accounts_unavailable':
      return unavailable(
        503,
        'accounts_unavailable',
        'Cannot look up the token: neither KV nor D1 answers; try again in a moment',
      )
    case 'provider_key_missing':
      return unauthenticated(
        `Cannot call xAI: this account has no xAI key saved; save one at ${refusal.integrateUrl}`,
        'provider_key_missing',
      )
    case 'master_key_wrong':
      return broken(
        503,
        'master_key_wrong',
        `Cannot open what this deployment has sealed: ${refusal.problem}`,
      )
    case 'body_encoded':
      return invalid(
        415,
        'unsupported_encoding',
        `Cannot read the body: content-encoding ${refusal.encoding} is not supported; send it unencoded`,
      )
    case 'body_multipart':
      return invalid(
        415,
        'unsupported_media_type',
        `Cannot forward the request: xAI takes JSON at ${refusal.endpoint}, not multipart/form-data; send the file as a URL or a data: URL in the JSON body`,
      )
    case 'body_malformed':
      return invalid(400, 'invalid_json', `Cannot parse the body as JSON: ${refusal.problem}`)
    case 'body_not_object':
      return invalid(400, 'invalid_json', 'Cannot use the body: it must be a JSON object')
    case 'field_missing':
      return {
        ...invalid(
          400,
          'missing_field',
          `Cannot forward the request: "${refusal.field}" is missing; add for example ${refusal.example}`,
        ),
        param: refusal.field,
      }
    case 'caller_gone':
      return invalid(499, 'client_closed_request', 'The caller hung up before an answer began')
    case 'upstream_unreachable':
      return unavailable(
        502,
        'upstream_unreachable',
        `Cannot reach xAI: no connection to ${refusal.host}; try again in a moment`,
      )
    case 'upstream_timeout':
      return broken(
        504,
        'upstream_timeout',
        `Cannot reach xAI: no answer within ${refusal.timeoutMs / 1000} s`,
      )
    case 'upstream_broke_off':
      return unavailable(
        502,
        'upstream_broke_off',
        'Cannot get an answer: xAI took the request and closed the connection; trying again may be billed again',
      )
    case 'upstream_invalid':
      return broken(
        502,
        'upstream_invalid',
        `Cannot pass on the answer: xAI sent the status ${refusal.status}`,
      )
    case 'field_invalid':
      return {
        ...invalid(
          400,
          'invalid_field',
          `Cannot forward the request: "${refusal.field}" ${refusal.problem}`,
        ),
        param: refusal.field,
      }
    case 'body_too_large':
      return invalid(
        413,
        'body_too_large',
        `Cannot read the body: it is larger than ${refusal.limitBytes} bytes`,
      )
    case 'session_missing':
      return unauthenticated(
        'Cannot tell who you are: not signed in, or the session has ended; sign in with a one-time link',
        'session_missing',
      )
    case 'api_token_unknown':
      return unauthenticated(
        'Cannot tell who you are: this is no API token in force; send one from the Settings page as "Authorization: Bearer mk-metrion-…"',
      )
    case 'scope_missing':
      return forbidden(
        'scope_missing',
        `Cannot read this: the API token lacks the scope "${refusal.scope}"; make one that has it on the Settings page`,
      )
    case 'code_invalid':
      return unauthenticated(
        'Cannot sign in: this one-time link is unknown, used or expired; ask for a new one',
        'invalid_code',
      )
    case 'passkey_refused':
      return unauthenticated(
        'Cannot use this passkey: it is not known here, or took too long; try again, or ask for a one-time link',
        'passkey_refused',
      )
    case 'passkey_taken':
      return invalid(
        409,
        'passkey_taken',
        'Cannot add this passkey: it is in use already; choose another one, or another device',
      )
    case 'sign_up_closed':
      return forbidden(
        'sign_up_closed',
        'Cannot make an account: this deployment lets in by invitation only; ask whoever runs it for a one-time link',
      )
    case 'cross_site':
      return forbidden(
        'cross_site_request',
        'Cannot accept the request: it comes from another site; call from the deployment’s own pages or without a browser',
      )
    case 'too_many_attempts':
      return {
        ...invalid(
          429,
          'too_many_attempts',
          'Cannot take more attempts to sign in from your address: wait a minute, then try again',
        ),
        headers: { 'retry-after': '60' },
      }
    case 'parameter_invalid':
      return {
        ...invalid(400, 'invalid_parameter', `Cannot use "${refusal.param}": ${refusal.problem}`),
        param: refusal.param,
      }
    case 'provider_key_refused':
      return {
        ...invalid(
          400,
          'provider_key_refused',
          `Cannot save the key: xAI refused it (${refusal.status}): ${refusal.text}`,
        ),
        param: 'key',
      }
    case 'not_found':
      return invalid(404, 'not_found', `Cannot find ${refusal.what}`)
    case 'internal':
      return broken(
        500,
        'internal_error',
        `Cannot answer: Metrion has a bug; report it with the request id ${refusal.requestId}`,
      )
  }
}
