import { parseMessage, type LedgerMessage } from '../../ledger/message.ts'
import { COUNT_MESSAGES, INSERT_ENTRIES } from '../../ledger/sql.ts'
import { quote } from '../../schema/sql.ts'
import { JOBS_AFTER_ROWS, JOBS_BEFORE_ROWS } from '../../ledger/async-jobs/sql.ts'
import { queryD1, runD1File, type D1Row, type Target } from '../d1.ts'

// Below D1's 100 KB per statement, even if each message has twice the usual length.
const AT_ONCE = 20
const PAGE = 500

/** All dead letters, ordered by ID. */
async function* lettersOf(target: Target): AsyncGenerator<D1Row> {
  for (let after = ''; ;) {
    const [page = []] = await queryD1(
      target,
      'LEDGER',
      `SELECT id, at_ms, reason, message FROM dead_letters WHERE id > ${quote(after)} ORDER BY id LIMIT ${PAGE}`,
    )
    yield* page
    if (page.length < PAGE) return
    after = String(page.at(-1)?.['id'])
  }
}

export async function listDead(target: Target): Promise<number> {
  let count = 0
  for await (const { id, at_ms: atMs, reason } of lettersOf(target)) {
    count++
    console.log(`${new Date(Number(atMs)).toISOString()}  ${String(id)}  ${String(reason)}`)
  }
  console.log(count === 0 ? 'None is dead.' : `${count} in all.`)
  return count === 0 ? 0 : 1
}

/** Writes the dead letters that can be written now, and prints why the others cannot. */
export async function replay(target: Target): Promise<number> {
  const good: LedgerMessage[] = []
  let all = 0
  let left = 0
  const giveUp = (id: unknown, problem: string): void => {
    left++
    console.log(`${String(id)}  still cannot be written: ${problem}`)
  }
  for await (const letter of lettersOf(target)) {
    all++
    const message = parseMessage(JSON.parse(String(letter['message'])))
    if ('problem' in message) giveUp(letter['id'], message.problem)
    else good.push(toReplay(message))
  }
  const write = (messages: readonly LedgerMessage[]): Promise<void> =>
    runD1File(target, 'LEDGER', replaySql(messages, Date.now()))
  for (let at = 0; at < good.length; at += AT_ONCE) {
    const batch = good.slice(at, at + AT_ONCE)
    try {
      await write(batch)
    } catch {
      // One bad message fails the whole batch: write each by itself.
      for (const message of batch) {
        await write([message]).catch((error: unknown) => giveUp(message.entry.id, String(error)))
      }
    }
  }
  console.log(`${all - left} written, ${left} left.`)
  return left === 0 ? 0 : 1
}

/** The writer's counts were added when the message became a dead letter: do not add them again. */
function toReplay(message: LedgerMessage): LedgerMessage {
  const writer = { ...message.writer, accepted: 0, retried: 0, lost: 0, pendingSinceMs: null }
  return { ...message, writer }
}

function replaySql(messages: readonly LedgerMessage[], nowMs: number): string[] {
  const values: Record<string, string> = {
    '?1': quote(JSON.stringify(messages)),
    '?2': String(nowMs),
  }
  // In one pass, and with a function: callers choose labels, which may contain "?2" or "$&".
  const fill = (sql: string): string => sql.replaceAll(/\?[12]/g, (name) => values[name] ?? name)
  const ids = messages.map((message) => quote(message.entry.id)).join(', ')
  return [
    ...[COUNT_MESSAGES, ...JOBS_BEFORE_ROWS, INSERT_ENTRIES, ...JOBS_AFTER_ROWS].map(fill),
    `DELETE FROM dead_letters WHERE id IN (${ids})`,
  ]
}
