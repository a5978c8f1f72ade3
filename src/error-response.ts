import type { Refusal } from './errors.ts'
import { toWire } from './wire-error.ts'

/** OpenAI's error shape, which its SDKs turn into their error classes by the status. */
export function refusalResponse(refusal: Refusal, headers: Record<string, string> = {}): Response {
  const wire = toWire(refusal)
  const error = {
    message: wire.message,
    type: wire.type,
    param: wire.param ?? null,
    code: wire.code,
  }
  // Without this header the SDKs would send a request twice more that can only fail again.
  const retry: Record<string, string> = wire.retry ? {} : { 'x-should-retry': 'false' }
  return Response.json(
    { error },
    { status: wire.status, headers: { ...wire.headers, ...retry, ...headers } },
  )
}

/** Our own bug: the caller hears an id, the log what happened. */
export function unexpectedResponse(error: Error, path: string): Response {
  const requestId = crypto.randomUUID()
  console.error('unexpected', requestId, path, error.name, error.message)
  return refusalResponse({ reason: 'internal', requestId })
}
