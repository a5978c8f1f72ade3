import type { Content } from '../content.ts'
import type { Facts } from '../facts.ts'

/** What every channel gets of a message. */
export interface Outgoing {
  id: string
  atMs: number
  facts: Facts
  content: Content
  accountName: string
  /** Absolute: the page with the requests that the message is about. */
  url: string
}

const TYPES: Partial<Record<Facts['kind'], string>> = { test: 'channel.test' }

const iso = (ms: number | null): string | null => (ms === null ? null : new Date(ms).toISOString())

/** The event of a webhook, as Standard Webhooks has it: `type`, `timestamp`, `data`; and `url`. */
export function eventOf({ id, atMs, facts, content, accountName, url }: Outgoing): object {
  const { kind, level, name, ruleId, scope, value, limit, unit, fromMs, toMs, detail } = facts
  const { budgetId, resetsAtMs, expiresAtMs, ...others } = detail
  return {
    type: TYPES[kind] ?? `alert.${kind}`,
    timestamp: new Date(atMs).toISOString(),
    url,
    data: {
      id,
      level,
      account: accountName,
      title: content.title,
      text: content.text.join(' '),
      advice: content.advice,
      rule: ruleId === null ? null : { id: ruleId, name },
      budget: budgetId === undefined ? null : { id: budgetId, name },
      scope,
      value,
      limit,
      unit,
      from: iso(fromMs),
      to: iso(toMs),
      basis: content.basis && {
        reportedTicks: content.basis.reported,
        computedTicks: content.basis.computed,
        estimatedTicks: content.basis.estimated,
        unknownCosts: content.basis.unknown,
      },
      causes: content.causes,
      detail: {
        ...others,
        ...(resetsAtMs === undefined ? {} : { resetsAt: iso(resetsAtMs) }),
        ...(expiresAtMs === undefined ? {} : { expiresAt: iso(expiresAtMs) }),
      },
    },
  }
}

const PREFIX = 'whsec_'
const SECRET_BYTES = 32

/** A secret as https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md has it. */
export const newSecret = (): string =>
  PREFIX + crypto.getRandomValues(new Uint8Array(SECRET_BYTES)).toBase64()

/** The headers of Standard Webhooks: HMAC-SHA256 over id, time and body. */
export async function signedHeaders(
  secret: string,
  { id, body, nowMs }: { id: string; body: string; nowMs: number },
): Promise<Record<string, string>> {
  const timestamp = String(Math.floor(nowMs / 1_000))
  const key = await crypto.subtle.importKey(
    'raw',
    Uint8Array.fromBase64(secret.slice(PREFIX.length)),
    { name: 'HMAC', hash: 'SHA-256' },
    false,
    ['sign'],
  )
  const text = new TextEncoder().encode(`${id}.${timestamp}.${body}`)
  const signature = new Uint8Array(await crypto.subtle.sign('HMAC', key, text))
  return {
    'webhook-id': id,
    'webhook-timestamp': timestamp,
    'webhook-signature': `v1,${signature.toBase64()}`,
  }
}
