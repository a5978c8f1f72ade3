import type { Env } from '../../env.ts'
import { loggable } from '../../http/error-log.ts'
import { HOUR_MS } from '../../http/time.ts'
import { firstUuid } from '../../http/uuid.ts'
import { compose, type Findings } from '../compose.ts'
import type { Content } from '../content.ts'
import type { Facts } from '../facts.ts'
import { readFindings } from '../findings-store.ts'

/** Beyond so many messages of a level of an account in an hour, further ones are kept, and not sent. */
export const MOST_AN_HOUR = 60
export interface Message {
  id: string
  accountId: string
  accountName: string
  zone: string
  atMs: number
  facts: Facts
  content: Content | null
}

export async function findMessage({ DB }: Env, id: string): Promise<Message | null> {
  const row = await DB.prepare(
    `SELECT m.id, m.account_id AS accountId, a.name AS accountName, ifnull(a.time_zone, 'UTC') AS zone,
       m.at_ms AS atMs, m.facts, m.content
     FROM alert_messages AS m JOIN accounts AS a ON a.id = m.account_id WHERE m.id = ?1`,
  )
    .bind(id)
    .first<Omit<Message, 'facts' | 'content'> & { facts: string; content: string | null }>()
  if (row === null) return null
  const content = row.content === null ? null : (JSON.parse(row.content) as Content)
  return { ...row, facts: JSON.parse(row.facts) as Facts, content }
}

const NOTHING_FOUND: Findings = { causes: [], basis: null }

/** The message's place among those of its level in the hour: warnings keep back no alert. */
async function positionOf({ DB }: Env, { id, accountId, atMs, facts }: Message): Promise<number> {
  const row = await DB.prepare(
    `SELECT count(*) AS n FROM alert_messages WHERE account_id = ?1 AND id > ?2 AND id <= ?3 AND facts ->> 'level' = ?4`,
  )
    .bind(accountId, firstUuid(atMs - HOUR_MS), id, facts.level)
    .first<{ n: number }>()
  return row?.n ?? 1
}

/** The words of a message, and a delivery for each of its channels, written once. */
export async function composeMessage(env: Env, message: Message, nowMs: number): Promise<Content> {
  const { id, accountId, facts, zone } = message
  const position = await positionOf(env, message)
  const isHeldBack = position > MOST_AN_HOUR
  const [findings, tokens] = await Promise.all([
    // Without the ledger, the figure is told all the same.
    isHeldBack
      ? NOTHING_FOUND
      : readFindings(env.LEDGER, accountId, facts).catch((error: unknown) => {
          console.error('causes not read', loggable(error))
          return NOTHING_FOUND
        }),
    env.DB.prepare('SELECT id, name FROM tokens WHERE account_id = ?1')
      .bind(accountId)
      .all<{ id: string; name: string }>(),
  ])
  const names = new Map(tokens.results.map(({ id: token, name }) => [token, name]))
  const content = compose(facts, findings, { zone, names }, { position, most: MOST_AN_HOUR })
  await env.DB.batch([
    env.DB.prepare(
      `INSERT INTO deliveries (message_id, channel_id, account_id, state, next_at_ms)
       SELECT m.id, c.id, m.account_id, 'waiting', ?2 FROM alert_messages AS m JOIN channels AS c ON c.account_id = m.account_id
       WHERE m.id = ?1 AND m.content IS NULL AND ?3
         AND (m.channels IS NULL OR c.id IN (SELECT value FROM json_each(m.channels)))
       ON CONFLICT DO NOTHING`,
    ).bind(id, nowMs, content.isHeldBack ? 0 : 1),
    env.DB.prepare('UPDATE alert_messages SET content = ?2 WHERE id = ?1 AND content IS NULL').bind(
      id,
      JSON.stringify(content),
    ),
  ])
  return content
}
