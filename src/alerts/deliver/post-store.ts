import { readSiteSettings, type Env } from '../../env.ts'
import { loggable } from '../../http/error-log.ts'
import { within } from '../../http/time-limit.ts'
import { targetProblem } from '../channels/target.ts'
import type { OpenChannel } from '../channels/channel.ts'
import { ANSWER_LIMIT_MS } from './delivery.ts'
import { emailOf } from './email.ts'
import { slackBody } from './slack.ts'
import { eventOf, signedHeaders, type Outgoing } from './webhook.ts'

/** Sends a message to a channel once. Null: it was taken. Otherwise the reason, without any secret. */
export async function post(
  env: Env,
  channel: OpenChannel,
  outgoing: Outgoing,
): Promise<string | null> {
  const { kind, target } = channel
  if (kind === 'email') return mail(env, target, outgoing)
  const body = JSON.stringify(kind === 'slack' ? slackBody(outgoing) : eventOf(outgoing))
  const headers =
    channel.secret === null
      ? {}
      : await signedHeaders(channel.secret, { id: outgoing.id, body, nowMs: Date.now() })
  return send(target, body, headers, readSiteSettings(env).channelTestOrigins)
}

async function send(
  target: string,
  body: string,
  headers: Record<string, string>,
  testOrigins: readonly string[],
): Promise<string | null> {
  const problem = targetProblem(target, testOrigins)
  if (problem !== null) return `the address is not allowed: ${problem}`
  try {
    const response = await fetch(target, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'user-agent': 'Metrion', ...headers },
      body,
      // An address that was checked must not lead to one that was not.
      redirect: 'manual',
      signal: AbortSignal.timeout(ANSWER_LIMIT_MS),
    })
    await response.body?.cancel()
    if (response.ok) return null
    const isRedirect = response.status >= 300 && response.status < 400
    return `answered ${response.status}${isRedirect ? ': redirects are not followed' : ''}`
  } catch (error) {
    // Messages of `fetch` may have the address in them, which may be a secret.
    const isLate = error instanceof Error && error.name === 'TimeoutError'
    return isLate ? `no answer within ${ANSWER_LIMIT_MS / 1_000} s` : 'cannot be reached'
  }
}

async function mail(
  { EMAIL, ALERTS_FROM }: Env,
  to: string,
  outgoing: Outgoing,
): Promise<string | null> {
  if (!EMAIL || !ALERTS_FROM)
    return 'this deployment sends no e-mail: bind EMAIL in wrangler.toml and set ALERTS_FROM'
  try {
    await within(
      ANSWER_LIMIT_MS,
      'e-mail',
      EMAIL.send({ from: ALERTS_FROM, to, ...emailOf(outgoing) }),
    )
    return null
  } catch (error) {
    return `not sent: ${loggable(error).slice(0, 200)}`
  }
}
