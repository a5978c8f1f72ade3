// Writes to the ledger as fast as it takes rows, for the benchmark alone.
import type { Env } from '../../../src/env.ts'
import { writeMessages } from '../../../src/ledger/store.ts'
import { uuidv7 } from '../../../src/ledger/uuid.ts'
import { Writer } from '../../../src/ledger/writer.ts'
import worker from '../../../src/index.ts'
import { entry } from './entry.ts'

/** A statement that notes how many rows it read. */
class Counting {
  readonly #inner: D1PreparedStatement
  readonly #read: number[]
  constructor(inner: D1PreparedStatement, read: number[]) {
    this.#inner = inner
    this.#read = read
  }
  static async batch(statements: Counting[], ledger: D1Database): Promise<D1Result[]> {
    const results = await ledger.batch(statements.map((one) => one.#inner))
    for (const [index, { meta }] of results.entries()) statements[index]!.#read.push(meta.rows_read)
    return results
  }
  bind(...values: unknown[]): Counting {
    return new Counting(this.#inner.bind(...values), this.#read)
  }
  async all(): Promise<D1Result> {
    const result = await this.#inner.all()
    this.#read.push(result.meta.rows_read)
    return result
  }
  async first(): Promise<unknown> {
    return (await this.all()).results[0] ?? null
  }
  run(): Promise<D1Result> {
    return this.all()
  }
}

/** Answers with `x-rows-read`: of the ledger, by each query. */
const countReads: ExportedHandlerFetchHandler<Env> = async (request, env, ctx) => {
  const read: number[] = []
  const ledger = {
    prepare: (sql: string) => new Counting(env.LEDGER.prepare(sql), read),
    batch: (statements: Counting[]) => Counting.batch(statements, env.LEDGER),
  } as unknown as D1Database
  const response = await worker.fetch(request, { ...env, LEDGER: ledger }, ctx)
  const headers = new Headers(response.headers)
  headers.set('x-rows-read', read.join(' '))
  return new Response(response.body, { status: response.status, headers })
}

/** POST /bench?rows=1000&batch=100: in statements of so many rows, one after the other. */
export default {
  ...worker,
  fetch: async (request, env, ctx) => {
    const url = new URL(request.url)
    if (url.pathname !== '/bench') return countReads(request, env, ctx)
    const [rows, batch] = ['rows', 'batch'].map((name) => Number(url.searchParams.get(name)))
    const accountId = url.searchParams.get('account') ?? ''
    const writer = new Writer(crypto.randomUUID())
    const beganMs = Date.now()
    for (let left = rows ?? 0; left > 0; left -= batch ?? 1) {
      const messages = Array.from({ length: batch ?? 1 }, (_, index) => {
        const atMs = Date.now()
        const label = `user-${(left + index) % 400}`
        const one = entry({ accountId, atMs, id: uuidv7(atMs), label })
        writer.accept(one.id, atMs)
        const snapshot = writer.snapshot(one.id)
        writer.handedOver(one.id)
        return {
          v: 1,
          kind: 'entry',
          entry: one,
          marked: false,
          work: null,
          writer: snapshot,
        } as const
      })
      await writeMessages(env.LEDGER, messages, Date.now())
    }
    return Response.json({ ms: Date.now() - beganMs })
  },
} satisfies ExportedHandler<Env>
