import type { Refusal } from '../http/refusals.ts'
import { namedBy, refuseNamed } from './access.ts'
import type { OutgoingBody } from './body.ts'
import { refuseModels } from './models.ts'
import { reserve } from './spending.ts'
import type { ProxyRequest } from './request.ts'

/** The reason why this request may not go to xAI, now that its body is known; null: it may. */
export async function refuseAdmission(
  proxied: ProxyRequest,
  body: OutgoingBody,
): Promise<Refusal | null> {
  const refused =
    refuseModels(proxied, body) ?? (await refuseNamed(proxied, namedBy(proxied, body)))
  return refused ?? reserve(proxied, body)
}

/** The same check for a body too large to be held, after it has passed. */
export async function refuseLate(
  proxied: ProxyRequest,
  body: OutgoingBody,
): Promise<Refusal | null> {
  return body.content instanceof Uint8Array ? null : refuseNamed(proxied, namedBy(proxied, body))
}
