// The Worker with bindings that can be made to fail, for the soak alone: PUT /faults says how.
import type { Env } from '../../../src/env.ts'
import worker from '../../../src/index.ts'
import type { Fault, Faults } from '../../soak/faults.ts'

export { Spend } from '../../../src/spend/object/object.ts'

let faults: Faults = { LEDGER: 'none', LEDGER_QUEUE: 'none' }

export default {
  fetch: async (request, env, ctx) => {
    if (new URL(request.url).pathname !== '/faults') return worker.fetch(request, broken(env), ctx)
    faults = await request.json<Faults>()
    return Response.json(faults)
  },
  queue: (batch, env) => worker.queue(batch, broken(env)),
  scheduled: (event, env) => worker.scheduled(event, broken(env)),
} satisfies ExportedHandler<Env>

function broken(env: Env): Env {
  return {
    ...env,
    LEDGER: breaking(env.LEDGER, ['batch'], () => faults.LEDGER),
    LEDGER_QUEUE: breaking(env.LEDGER_QUEUE, ['send'], () => faults.LEDGER_QUEUE),
  }
}

/** The binding, with some of its methods doing what the fault of the moment does. */
function breaking<T extends object>(binding: T, methods: string[], fault: () => Fault): T {
  return new Proxy(binding, {
    get: (target, name) => {
      const member: unknown = Reflect.get(target, name)
      if (typeof member !== 'function') return member
      const method = member as (...args: unknown[]) => unknown
      if (!methods.includes(String(name))) return method.bind(target)
      return async (...args: unknown[]) => {
        await suffer(fault())
        return method.apply(target, args)
      }
    },
  })
}

async function suffer(fault: Fault): Promise<void> {
  switch (fault) {
    case 'none':
      return
    case 'fails':
      throw new Error('D1_ERROR: Network connection lost.')
    case 'overloaded':
      throw new Error('D1_ERROR: D1 DB is overloaded. Too many requests queued.')
    case 'hangs':
      await new Promise(() => {})
  }
}
