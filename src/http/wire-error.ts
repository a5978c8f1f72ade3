import type { Refusal } from './refusals.ts'

/** An error as it is sent: OpenAI's fields, and what HTTP needs in addition. */
export interface WireError {
  status: number
  type:
    | 'invalid_request_error'
    | 'authentication_error'
    | 'permission_error'
    | 'api_error'
    | 'insufficient_quota'
    | 'rate_limit_error'
  code: string
  message: string
  param?: string
  /** The same request may succeed if it is retried in a moment. */
  retry?: true
  headers?: Record<string, string>
  /** Further members of `error`. */
  more?: Record<string, string | null>
}

export function invalid(status: number, code: string, message: string): WireError {
  return { status, type: 'invalid_request_error', code, message }
}

export function unauthenticated(message: string, code = 'invalid_token'): WireError {
  return {
    status: 401,
    type: 'authentication_error',
    code,
    message,
    headers: { 'www-authenticate': 'Bearer' },
  }
}

export function forbidden(code: string, message: string): WireError {
  return { status: 403, type: 'permission_error', code, message }
}

export function unavailable(status: number, code: string, message: string): WireError {
  return { status, type: 'api_error', code, message, retry: true }
}

export function broken(status: number, code: string, message: string): WireError {
  return { status, type: 'api_error', code, message }
}

/** The message for every reason. A reason without a message does not compile. */
export type Messages = {
  [Reason in Refusal['reason']]: (refusal: Extract<Refusal, { reason: Reason }>) => WireError
}
