// Writes to the ledger as fast as it takes rows, for the benchmark alone.
import type { Env } from '../../../src/env.ts'
import { writeMessages } from '../../../src/ledger/store.ts'
import { uuidv7 } from '../../../src/http/uuid.ts'
import { Writer } from '../../../src/ledger/writer.ts'
import worker from '../../../src/index.ts'
import { entry } from './entry.ts'
import { noting, type Read } from './noting.ts'

export { Spend } from '../../../src/index.ts'

/** Answers with `x-rows-read` and `x-values-read`: of the ledger, by each query. */
const countReads: ExportedHandlerFetchHandler<Env> = async (request, env, ctx) => {
  const read: Read[] = []
  const response = await worker.fetch(request, { ...env, LEDGER: noting(env.LEDGER, read) }, ctx)
  const headers = new Headers(response.headers)
  headers.set('x-rows-read', read.map(({ rows }) => rows).join(' '))
  headers.set('x-values-read', read.map(({ values }) => values).join(' '))
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
