import type { Env } from '../env.ts'
import type { Content } from './content.ts'
import { SENT_AT_ONCE, type SentDelivery, type SentMessage } from './sent.ts'

/** The account's messages, the latest first. `before`: the id of a message; null: from the latest. */
export async function listSent(
  { DB }: Pick<Env, 'DB'>,
  accountId: string,
  before: string | null,
): Promise<SentMessage[]> {
  const { results } = await DB.prepare(
    `SELECT m.id, m.at_ms AS atMs, m.facts ->> 'level' AS level, m.content,
       (SELECT json_group_array(json_object('channelId', d.channel_id, 'channel', c.name, 'state', d.state, 'attempts', d.attempts, 'error', d.error))
        FROM deliveries AS d LEFT JOIN channels AS c ON c.id = d.channel_id AND c.account_id = d.account_id
        WHERE d.message_id = m.id) AS deliveries
     FROM alert_messages AS m WHERE m.account_id = ?1 AND (?2 IS NULL OR m.id < ?2) ORDER BY m.id DESC LIMIT ?3`,
  )
    .bind(accountId, before, SENT_AT_ONCE)
    .all<
      Omit<SentMessage, 'content' | 'deliveries'> & { content: string | null; deliveries: string }
    >()
  return results.map(({ content, deliveries, ...message }) => ({
    ...message,
    content: content === null ? null : (JSON.parse(content) as Content),
    deliveries: JSON.parse(deliveries) as SentDelivery[],
  }))
}
