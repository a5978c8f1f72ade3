import { parseMessage, type LedgerMessage } from '../../ledger/message.ts'
import { quote } from '../../ledger/rebuild.ts'
import { COUNT_MESSAGES, INSERT_ENTRIES } from '../../ledger/sql.ts'
import { queryD1, runD1File, type D1Row, type Target } from '../d1.ts'

// Twice the length of a message each: below D1's 100 KB a statement.
const AT_ONCE = 20
const LIST_AT_MOST = 1_000

const lettersOf = async (target: Target): Promise<D1Row[]> =>
  (
    await queryD1(
      target,
      'LEDGER',
      `SELECT id, at_ms, reason, message FROM dead_letters ORDER BY at_ms LIMIT ${LIST_AT_MOST}`,
    )
  )[0] ?? []

export async function listDead(target: Target): Promise<number> {
  const letters = await lettersOf(target)
  for (const { id, at_ms: atMs, reason } of letters) {
    console.log(`${new Date(Number(atMs)).toISOString()}  ${String(id)}  ${String(reason)}`)
  }
  console.log(letters.length === 0 ? 'None is dead.' : `${letters.length} in all.`)
  return letters.length === 0 ? 0 : 1
}

/** Writes those that can be written now, and says why the others cannot. */
export async function replay(target: Target): Promise<number> {
  const letters = await lettersOf(target)
  const good: LedgerMessage[] = []
  for (const letter of letters) {
    const message = parseMessage(JSON.parse(String(letter['message'])))
    if (!('problem' in message)) good.push(toReplay(message))
    else console.log(`${String(letter['id'])}  still cannot be written: ${message.problem}`)
  }
  for (let at = 0; at < good.length; at += AT_ONCE) {
    await runD1File(target, 'LEDGER', replaySql(good.slice(at, at + AT_ONCE), Date.now()))
  }
  const left = (await lettersOf(target)).length
  console.log(`${letters.length - left} written, ${left} left.`)
  return left === 0 ? 0 : 1
}

/** What its writer had counted by then was taken in when it died. */
function toReplay(message: LedgerMessage): LedgerMessage {
  const writer = { ...message.writer, accepted: 0, retried: 0, lost: 0, pendingSinceMs: null }
  return { ...message, writer }
}

function replaySql(messages: readonly LedgerMessage[], nowMs: number): string[] {
  const fill = (sql: string): string =>
    sql.replaceAll('?1', quote(JSON.stringify(messages))).replaceAll('?2', String(nowMs))
  return [
    fill(COUNT_MESSAGES),
    fill(INSERT_ENTRIES),
    `DELETE FROM dead_letters WHERE EXISTS (SELECT 1 FROM requests
       WHERE account_id = message ->> '$.entry.accountId' AND id = message ->> '$.entry.id')
     AND json_valid(message)`,
  ]
}
