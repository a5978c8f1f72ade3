import { parseMessage, type LedgerMessage } from './message.ts'
import type { WriterSnapshot } from './writer.ts'

/** A message that cannot be written, as it is stored. */
export interface DeadLetter {
  /** The entry's id, or the id of the message if it has no valid entry. */
  id: string
  /** Null, like the next two: not a valid message. */
  kind: LedgerMessage['kind'] | null
  accountId: string | null
  writerId: string | null
  /** The writer's counts. Null: unreadable. */
  writer: WriterSnapshot | null
  reason: string
  /** The message as received, as JSON. */
  message: string
}

export function toDeadLetter(foundAs: string, body: unknown, reason: string): DeadLetter {
  const message = JSON.stringify(body) ?? 'null'
  const content = parseMessage(body)
  if (!('problem' in content)) {
    const { kind, entry, writer } = content
    const { id, accountId } = entry
    return { id, kind, accountId, writerId: writer.id, writer, reason, message }
  }
  const said = (body as { writer?: { id?: unknown } } | null)?.writer?.id
  const writerId = typeof said === 'string' ? said : null
  return { id: foundAs, kind: null, accountId: null, writerId, writer: null, reason, message }
}
