import { noteObjects, rememberCreator, type NewObject } from '../../credentials/objects/store.ts'
import type { Sink } from '../../ledger/sinks/sink.ts'
import { recordEntries, type Outgoing } from '../../ledger/sinks/store.ts'
import { createdObjectOf } from '../access.ts'
import type { Exchange } from '../exchange.ts'
import { record, type Writing } from '../record.ts'
import type { ProxyRequest } from '../request.ts'
import { TurnBatches } from './turns.ts'

/**
 * Writes the rows of a connection's turns, and the notes of the objects they created, in batches: an
 * invocation has few queries.
 */
export class TurnRecorder {
  private readonly proxied: ProxyRequest
  private readonly batches: TurnBatches
  private readonly writing: Writing
  /** Objects created by turns that have ended; noted together with their rows. */
  private created: NewObject[] = []

  constructor(proxied: ProxyRequest) {
    this.proxied = proxied
    this.batches = new TurnBatches(proxied.settings.plan, (rows) => this.write(rows))
    this.writing = {
      write: (row) => this.batches.add(row),
      mayRecordInFlight: () => this.batches.mayRecordInFlight,
      prompts: new Map(),
      isBatched: true,
    }
  }

  record(turn: Exchange): void {
    const { env, ctx, settings } = this.proxied
    ctx.waitUntil(turn.ended.then((result) => this.noteCreated(result)))
    ctx.waitUntil(record(env, settings, turn, this.writing))
  }

  /** Call when the connection is over. */
  close(): void {
    this.batches.close()
  }

  private noteCreated(result: Awaited<Exchange['ended']>): void {
    const note = result && createdObjectOf(this.proxied, result)
    if (!note) return
    rememberCreator(note)
    this.created.push(note)
  }

  private async write(rows: readonly Outgoing[]): Promise<Sink['name'] | null> {
    const { env } = this.proxied
    const notes = this.created
    this.created = []
    const [takenBy] = await Promise.all([recordEntries(env, rows), noteObjects(env, notes)])
    return takenBy
  }
}
