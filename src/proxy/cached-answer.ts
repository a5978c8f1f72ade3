import type { OutgoingBody } from './body.ts'
import type { ProxyRequest } from './request.ts'

/**
 * The stage that may answer in xAI's place. It never does: Metrion stores no answers, because prompts belong
 * to the callers (docs/architecture.md, "A request").
 */
export const answerFromCache = (_proxied: ProxyRequest, _body: OutgoingBody): Response | null =>
  null
