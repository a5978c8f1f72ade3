import '../provided.ts'
import { createExecutionContext, waitOnExecutionContext } from 'cloudflare:test'
import { env, exports } from 'cloudflare:workers'
import { inject } from 'vitest'
import type { Env } from '../../src/env.ts'
import worker from '../../src/index.ts'
import { hashSecret } from '../../src/credentials/seal/hash.ts'
import { findMember, type Member } from '../../src/credentials/sessions/store.ts'
import { script } from '../xai/client.ts'
import type { Reply } from '../xai/reply.ts'

export const ORIGIN = 'https://metrion.test'
export const XAI_KEY = 'xai-planted-secret-key-1234'
export const xaiUrl = inject('xaiUrl')

export const fetchWorker = (path: string, init?: RequestInit): Promise<Response> =>
  exports.default.fetch(new Request(`${ORIGIN}${path}`, init))

export interface Account {
  cookie: string
  token: string
  tokenId: string
}

/** A one-time code, as `npm run invite` leaves it in the database. */
export async function invite(lifeMs = 86_400_000): Promise<string> {
  const code = crypto.randomUUID()
  const nowMs = Date.now()
  await env.DB.prepare(
    `INSERT INTO invitations (code_hash, role, created_at_ms, expires_at_ms) VALUES (?1, 'owner', ?2, ?3)`,
  )
    .bind(await hashSecret(code), nowMs, nowMs + lifeMs)
    .run()
  return code
}

export async function api(
  account: Pick<Account, 'cookie'> | null,
  method: string,
  path: string,
  body?: unknown,
): Promise<Response> {
  const headers: Record<string, string> = account ? { cookie: account.cookie } : {}
  return fetchWorker(`/api/v1${path}`, {
    method,
    headers,
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
}

export async function signUp(name = 'Ada'): Promise<{ cookie: string }> {
  const response = await api(null, 'POST', '/session', { code: await invite(), name })
  return { cookie: response.headers.get('set-cookie')!.split(';')[0]! }
}

/** Signs up, makes a token and, unless told not to, saves an xAI key. */
export async function makeAccount(options: { key?: string | null } = {}): Promise<Account> {
  const { cookie } = await signUp()
  const created = await api({ cookie }, 'POST', '/tokens', { name: 'first', scope: 'all' })
  const { token, id } = await created.json<{ token: string; id: string }>()
  const key = options.key === undefined ? XAI_KEY : options.key
  if (key !== null) await api({ cookie }, 'PUT', '/provider-keys/grok', { key })
  return { cookie, token, tokenId: id }
}

export const CHAT = { model: 'grok-4.3', messages: [{ role: 'user', content: 'Hello' }] }

export interface ChatOptions {
  reply?: Reply
  body?: unknown
  headers?: Record<string, string>
  path?: string
  signal?: AbortSignal
}

/** One chat completion with the account's token, answered as scripted. */
export async function chat(account: Account, options: ChatOptions = {}): Promise<Response> {
  const id = options.reply ? await script(xaiUrl, options.reply) : 'unscripted'
  const body = options.body ?? CHAT
  return fetchWorker(options.path ?? '/api/proxy/grok/v1/chat/completions', {
    method: 'POST',
    headers: {
      authorization: `Bearer ${account.token}`,
      'content-type': 'application/json',
      'x-grok-conv-id': id,
      ...options.headers,
    },
    body: typeof body === 'string' ? body : JSON.stringify(body),
    ...(options.signal ? { signal: options.signal } : {}),
  })
}

export type Row = Record<string, unknown>

/** The row of a request, once it is written. */
export async function rowOf(account: Account, response: Response | string): Promise<Row> {
  const id = typeof response === 'string' ? response : response.headers.get('x-metrion-request-id')
  // By the queue it takes a few seconds.
  for (let attempt = 0; attempt < 500; attempt++) {
    const found = await api(account, 'GET', `/requests/${id}`)
    if (found.status === 200) return found.json()
    await scheduler.wait(20)
  }
  throw new Error(`no row for ${id}`)
}

/** All rows of an account, newest first, once there are so many. */
export async function rowsOf(account: Account, count: number): Promise<Row[]> {
  for (let attempt = 0; attempt < 100; attempt++) {
    const listed = await api(account, 'GET', '/requests?limit=100')
    const { requests } = await listed.json<{ requests: Row[] }>()
    if (requests.length >= count) return requests
    await scheduler.wait(20)
  }
  throw new Error(`fewer than ${count} rows`)
}

/** The worker's environment with some of it replaced, by what is broken for instance. */
export const envWith = (changes: Partial<Env>): Env => ({ ...env, ...changes })

/** The environment with bindings that fail at every call, or never answer. */
export function envWithout(
  names: readonly (keyof Env)[],
  how: 'failing' | 'hanging' = 'failing',
): Env {
  const dead = new Proxy(
    {},
    {
      get: () => () => {
        if (how === 'failing') throw new Error('binding is down')
        // D1 is asked by prepare().bind().first(); the chain goes on, the answer never comes.
        return hanging()
      },
    },
  )
  return { ...env, ...Object.fromEntries(names.map((name) => [name, dead])) }
}

function hanging(): object {
  const never = new Promise(() => {})
  return new Proxy(never, {
    get: (_, property) => (property === 'then' ? never.then.bind(never) : () => hanging()),
  })
}

/** One request through the worker's own entry, in an environment of the test's making. */
export async function fetchIn(
  changed: Env,
  path: string,
  init?: RequestInit,
  waits = true,
): Promise<Response> {
  const ctx = createExecutionContext()
  const request = new Request(`${ORIGIN}${path}`, init) as Request<
    unknown,
    IncomingRequestCfProperties
  >
  const response = await worker.fetch(request, changed, ctx)
  const body = await response.arrayBuffer()
  if (waits) await waitOnExecutionContext(ctx)
  return new Response(body, response)
}

export const chatInit = (
  token: string,
  body: unknown = CHAT,
  headers: Record<string, string> = {},
): RequestInit => ({
  method: 'POST',
  headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json', ...headers },
  body: typeof body === 'string' ? body : JSON.stringify(body),
})

/** The member whose session cookie it is. */
export async function memberOf({ cookie }: { cookie: string }): Promise<Member> {
  const member = await findMember(env.DB, cookie.split('=')[1] ?? '', Date.now())
  if (member === null) throw new Error('nobody is signed in with this cookie')
  return member
}
