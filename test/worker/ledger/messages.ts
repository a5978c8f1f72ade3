import { env } from 'cloudflare:workers'
import type { LedgerEntry } from '../../../src/ledger/entry.ts'
import type { LedgerMessage } from '../../../src/ledger/message.ts'
import { entry, LOST, START } from '../entries/entry.ts'
import { Writer } from '../../../src/ledger/writer.ts'

export { entry, LOST, START }

/** Entries as one isolate hands them over, one after the other. */
export function messagesOf(
  entries: readonly LedgerEntry[],
  kind: LedgerMessage['kind'] = 'entry',
  writer = new Writer(crypto.randomUUID()),
): LedgerMessage[] {
  return entries.map((one) => {
    if (kind === 'entry') writer.accept(one.id, one.atMs)
    const message = {
      v: 1,
      kind,
      entry: one,
      marked: false,
      work: null,
      writer: writer.snapshot(one.id),
    } as const
    writer.handedOver(one.id)
    return message
  })
}

export const all = async (table: string): Promise<Record<string, unknown>[]> =>
  (await env.LEDGER.prepare(`SELECT * FROM ${table} ORDER BY 1, 2`).all()).results

/** Every table of the ledger, as the migrations have made them. */
export async function tablesOf(database: D1Database): Promise<string[]> {
  const { results } = await database
    .prepare(
      `SELECT name FROM sqlite_master WHERE type = 'table' AND name <> 'd1_migrations'
       AND substr(name, 1, 7) <> 'sqlite_' AND substr(name, 1, 4) <> '_cf_' ORDER BY name`,
    )
    .all<{ name: string }>()
  return results.map(({ name }) => name)
}

/** An empty ledger. */
export async function freshLedger(): Promise<void> {
  const deletions = (await tablesOf(env.LEDGER)).map((table) =>
    env.LEDGER.prepare(`DELETE FROM ${table}`),
  )
  // Twice: triggers note in one table what goes from another.
  await env.LEDGER.batch([...deletions, ...deletions])
}
