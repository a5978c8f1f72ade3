// What xAI refuses before it looks any closer. Sources: its OpenAPI, its migration page and public threads.
import { json, text, type Reply, type Seen } from './reply.ts'

/** By the path below /v1: they take JSON alone, and 415 is the answer to anything that does not say so. */
const JSON_PATHS = [
  'chat/completions',
  'completions',
  'responses',
  'responses/compact',
  'messages',
  'embeddings',
  'tokenize-text',
  'documents/search',
  'images/generations',
  'images/edits',
  'videos/generations',
  'videos/edits',
  'videos/extensions',
  'tts',
  'batches',
  'batches/{id}/requests',
  'realtime/client_secrets',
].map((path) => new RegExp(`^/v1/${path.replaceAll(/\{\w+\}/g, '[^/]+')}$`))

const MOST_TOOLS = 350

const refused = (status: number, code: string, error: string): Reply =>
  json({ code, error }, status)

/** Of every request, also one that has a script. */
export function refuseType({ method, path, headers, bodyBytes }: Seen): Reply | null {
  const [pathname = ''] = path.split('?')
  if (method !== 'POST' || bodyBytes === 0) return null
  if (!JSON_PATHS.some((pattern) => pattern.test(pathname))) return null
  if (/^application\/([\w.-]+\+)?json\b/i.test(headers['content-type'] ?? '')) return null
  return text('Expected request with `Content-Type: application/json`', 415)
}

/** Of a request without a script: what its body asks for that xAI does not do. */
export function refuseBody({ body }: Seen): Reply | null {
  let asked: Record<string, unknown>
  try {
    asked = JSON.parse(body ?? '') as Record<string, unknown>
  } catch {
    return null
  }
  if (asked['search_parameters'] !== undefined)
    return refused(410, 'gone', 'Live search is deprecated. Please switch to the Agent Tools API')
  if (asked['background'] === true)
    return refused(400, 'invalid-argument', 'Argument not supported: background')
  const { tools, n } = asked
  if (Array.isArray(tools) && tools.length > MOST_TOOLS)
    return refused(400, 'invalid-argument', `A request may have ${MOST_TOOLS} tools at most`)
  if (n !== undefined && n !== null && !(Number.isInteger(n) && Number(n) >= 1))
    return refused(422, 'invalid-argument', 'n: expected a whole number from 1 on')
  return null
}
