import type { Env } from '../../env.ts'

/** Rules that name a channel that is gone name the others. One without any other is sent to none: never to all. */
export const forget = (
  { DB }: Pick<Env, 'DB'>,
  accountId: string,
  channelId: string,
): Promise<unknown> =>
  DB.prepare(
    `UPDATE alert_rules SET channels = (SELECT json_group_array(value) FROM json_each(channels) WHERE value <> ?2)
     WHERE account_id = ?1 AND EXISTS (SELECT 1 FROM json_each(channels) WHERE value = ?2)`,
  )
    .bind(accountId, channelId)
    .run()
