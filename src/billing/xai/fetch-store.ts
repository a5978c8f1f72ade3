import * as z from 'zod/mini'
import { openProviderKey } from '../../credentials/keys/provider-key.ts'
import { readSettings, readSiteSettings, type Env } from '../../env.ts'
import type { Refusal } from '../../http/refusals.ts'
import { HOUR_MS } from '../../http/time.ts'
import { readInvoice, type Invoice } from './invoice.ts'
import { readUsageBill, usageRequest, type UsageBill } from './usage.ts'

const ANSWER_LIMIT_MS = 20_000
const MOST_CHARACTERS = 300

/** xAI's answer was not what was asked for. The message says why; it has no key in it. */
export class BillError extends Error {
  readonly status: number
  constructor(message: string, status: number) {
    super(message)
    this.status = status
  }
}

/** JSON of xAI. Throws a BillError. A redirect is not followed: it would take the key elsewhere. */
async function ask(url: string, key: string, body?: object): Promise<unknown> {
  const response = await fetch(url, {
    method: body ? 'POST' : 'GET',
    headers: {
      authorization: `Bearer ${key}`,
      ...(body ? { 'content-type': 'application/json' } : {}),
    },
    ...(body ? { body: JSON.stringify(body) } : {}),
    redirect: 'manual',
    signal: AbortSignal.timeout(ANSWER_LIMIT_MS),
  }).catch((error: unknown) => {
    const isLate = error instanceof Error && error.name === 'TimeoutError'
    throw new BillError(
      isLate ? `no answer within ${ANSWER_LIMIT_MS / 1_000} s` : 'cannot be reached',
      0,
    )
  })
  const text = await response.text().catch(() => '')
  const json = toJson(text)
  if (response.ok && json !== null) return json
  const said = messageIn(json) ?? `answered ${response.status}`
  throw new BillError(said.replaceAll(key, '[key]').slice(0, MOST_CHARACTERS), response.status)
}

function toJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}

/** The message of an error: `{"error": "…"}`, or gRPC's `{"message": "…"}`. */
function messageIn(json: unknown): string | null {
  const words = json as Record<string, unknown> | null
  const said = words?.['error'] ?? words?.['message']
  return typeof said === 'string' && said !== '' ? said : null
}

/** The team and the id of the account's xAI key. */
export interface KeyIdentity {
  team: string
  keyId: string
}

const identity = z.object({ team_id: z.string(), api_key_id: z.string() })

/** What xAI says about the account's own key. Throws a BillError. */
export async function readIdentity(
  env: Env,
  accountId: string,
  sealed: string,
): Promise<KeyIdentity> {
  const key = await openProviderKey(env.MASTER_KEYS, accountId, sealed)
  const answer = await ask(`${readSettings(env).xaiOrigin}/v1/api-key`, key).catch(
    (error: unknown) => {
      // Not the management key's fault.
      if (error instanceof BillError)
        throw new BillError(`the saved xAI key: ${error.message}`, error.status)
      throw error
    },
  )
  const parsed = identity.safeParse(answer)
  if (!parsed.success) throw new BillError('xAI does not tell the team of the xAI key', 200)
  return { team: parsed.data.team_id, keyId: parsed.data.api_key_id }
}

const billing = (env: Env, team: string, path: string): string =>
  `${readSiteSettings(env).managementOrigin}/v1/billing/teams/${encodeURIComponent(team)}/${path}`

/** The bill of a range of hours. `keyId` null: of all keys of the team. Throws a BillError. */
export async function fetchUsage(
  env: Env,
  key: string,
  { team, keyId }: { team: string; keyId: string | null },
  { fromMs, beforeMs }: { fromMs: number; beforeMs: number },
): Promise<UsageBill> {
  const body = await ask(billing(env, team, 'usage'), key, usageRequest(fromMs, beforeMs, keyId))
  const bill = readUsageBill(body)
  if (bill === null) throw new BillError('xAI’s usage answer has another form', 200)
  return bill
}

/** The running invoice. Throws a BillError. */
export async function fetchInvoice(
  env: Env,
  key: string,
  team: string,
  nowMs: number,
): Promise<Invoice> {
  const body = await ask(billing(env, team, 'postpaid/invoice/preview'), key)
  const invoice = readInvoice(body, nowMs)
  if (invoice === null) throw new BillError('xAI’s invoice has another form', 200)
  return invoice
}

/** The reason why xAI refuses a management key. Null: it does not, or it cannot be asked now. */
export async function checkManagementKey(
  env: Env,
  accountId: string,
  key: string,
): Promise<Refusal | null> {
  const row = await env.DB.prepare(
    `SELECT sealed FROM provider_keys WHERE account_id = ?1 AND provider = 'grok'`,
  )
    .bind(accountId)
    .first<{ sealed: string }>()
  if (row === null) return null
  try {
    const { team } = await readIdentity(env, accountId, row.sealed)
    const hourMs = Math.floor(Date.now() / HOUR_MS) * HOUR_MS
    await Promise.all([
      fetchInvoice(env, key, team, Date.now()),
      fetchUsage(env, key, { team, keyId: null }, { fromMs: hourMs - HOUR_MS, beforeMs: hourMs }),
    ])
    return null
  } catch (error) {
    if (!(error instanceof BillError)) throw error
    const { status, message } = error
    return [400, 401, 403, 404].includes(status)
      ? { reason: 'provider_key_refused', status, text: message }
      : null
  }
}
