/** Every reason for which Metrion itself refuses a request, with the values that its message needs. */
export type Refusal =
  | { reason: 'base_path_missing'; path: string; base: string }
  | { reason: 'endpoint_unknown'; path: string; nearest: string; list: string }
  | { reason: 'endpoint_refused'; endpoint: string; why: string }
  | {
      reason: 'method_not_allowed'
      method: string
      endpoint: string
      allowed: readonly string[]
      list: string
    }
  | { reason: 'token_scope'; endpoint: string }
  | { reason: 'object_not_own'; endpoint: string }
  | { reason: 'origin_not_allowed'; origin: string; settingsUrl: string }
  | { reason: 'token_missing' }
  | { reason: 'token_malformed'; header: string }
  | { reason: 'token_unknown' }
  | { reason: 'token_expired'; expiresAtMs: number; tokensUrl: string }
  | { reason: 'token_disabled'; tokensUrl: string }
  | { reason: 'address_not_allowed'; address: string; tokensUrl: string }
  | { reason: 'endpoint_not_allowed'; endpoint: string; allowed: readonly string[] }
  | { reason: 'model_not_allowed'; model: string | null; allowed: readonly string[] }
  | { reason: 'models_unseen'; endpoint: string; allowed: readonly string[] }
  | {
      reason: 'budget_exceeded'
      /** The answer was running, and has been stopped. */
      isStopped: boolean
      /** As people read it: the budget, whose it is, and its amounts. */
      name: string
      whose: string
      isMoney: boolean
      spent: string
      reserved: string
      /** What the request, or the rest of the answer, needs. */
      needed: string
      limit: string
      nowMs: number
      /** Null: never. */
      resetsAtMs: number | null
    }
  | {
      reason: 'rate_limited'
      what: string
      limit: number
      remaining: number
      resetMs: number
      retryAfterMs: number
    }
  | { reason: 'budget_unavailable'; name: string }
  | { reason: 'spend_absent' }
  | { reason: 'metrion_token_needed' }
  | { reason: 'two_metrion_tokens' }
  | { reason: 'credentials_swapped' }
  | { reason: 'two_api_keys' }
  | { reason: 'key_malformed'; problem: string }
  | { reason: 'accounts_unavailable' }
  | { reason: 'provider_key_missing'; integrateUrl: string }
  | { reason: 'master_key_wrong'; problem: string }
  | { reason: 'body_encoded'; encoding: string }
  | { reason: 'body_multipart'; endpoint: string }
  | { reason: 'body_malformed'; problem: string }
  | { reason: 'body_not_object' }
  | { reason: 'field_missing'; field: string; example: string }
  | { reason: 'caller_gone' }
  | { reason: 'upstream_unreachable'; host: string }
  | { reason: 'upstream_timeout'; timeoutMs: number }
  | { reason: 'upstream_broke_off' }
  | { reason: 'upstream_invalid'; status: number }
  | { reason: 'authorization_malformed' }
  | { reason: 'field_invalid'; field: string; problem: string }
  | { reason: 'body_too_large'; limitBytes: number }
  | { reason: 'session_missing' }
  | { reason: 'api_token_unknown' }
  | { reason: 'scope_missing'; scope: string }
  | { reason: 'owners_only'; what: string }
  | { reason: 'viewer_reads' }
  | { reason: 'code_invalid' }
  | { reason: 'passkey_refused' }
  | { reason: 'passkey_taken' }
  | { reason: 'sign_up_closed' }
  | { reason: 'cross_site' }
  | { reason: 'operator_pass_unknown' }
  | { reason: 'too_many_attempts' }
  | { reason: 'parameter_invalid'; param: string; problem: string }
  | { reason: 'provider_key_refused'; status: number; text: string }
  | { reason: 'not_found'; what: string }
  | { reason: 'internal'; requestId: string }

export const isRefusal = (value: object): value is Refusal => 'reason' in value
