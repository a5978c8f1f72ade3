import type { Reply, Seen } from './reply.ts'

/** Puts a reply under a fresh id; requests that carry the id as `x-grok-conv-id` get it. */
export async function script(xaiUrl: string, reply: Reply): Promise<string> {
  const id = `script-${crypto.randomUUID()}`
  const put = (): Promise<Response> =>
    fetch(`${xaiUrl}/script/${id}`, { method: 'PUT', body: JSON.stringify(reply) })
  // A connection that a reply before has cut may be offered once more.
  await put().catch(put)
  return id
}

/** What xAI has seen under an id. */
export async function seenBy(xaiUrl: string, id: string): Promise<Seen[]> {
  const response = await fetch(`${xaiUrl}/seen/${id}`)
  return (await response.json()) as Seen[]
}

/** Everything xAI has seen. */
export async function allSeen(xaiUrl: string): Promise<Seen[]> {
  return (await (await fetch(`${xaiUrl}/seen`)).json()) as Seen[]
}
