import type { OutgoingBody } from './body.ts'
import type { ProxyRequest } from './request.ts'

/**
 * The stage that may answer in xAI's place. Metrion keeps no answers, so that it never does: prompts are the
 * callers' own (docs/architecture.md, "A request").
 */
export const answerFromCache = (_proxied: ProxyRequest, _body: OutgoingBody): Response | null =>
  null
