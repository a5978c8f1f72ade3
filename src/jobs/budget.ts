import type { Env, Plan } from '../env.ts'

/** An invocation's use of Cloudflare's services. */
export interface Cost {
  /** D1 statements: each counts, in a batch or not. */
  queries: number
  /** Calls to another service: a D1 query or batch, KV, R2, a queue, the network. */
  calls: number
}

/**
 * The limits of an invocation, by Cloudflare's plan. Paid allows 10,000 calls; Metrion limits itself to as many
 * as queries. https://developers.cloudflare.com/d1/platform/limits/ and
 * https://developers.cloudflare.com/workers/platform/limits/#subrequests
 */
export const LIMITS: Record<Plan, Cost> = {
  free: { queries: 50, calls: 50 },
  paid: { queries: 1_000, calls: 1_000 },
}

export const fits = (used: Cost, more: Cost, limit: Cost): boolean =>
  used.queries + more.queries <= limit.queries && used.calls + more.calls <= limit.calls

/** The same bindings, which add their use to `used`. */
export function counted(env: Env, used: Cost): Env {
  const calling = <T extends object>(binding: T): T => countedCalls(binding, () => used.calls++)
  const database = (one: D1Database): D1Database => countedDatabase(one, used)
  const { ARCHIVE, SPEND } = env
  return {
    ...env,
    DB: database(env.DB),
    LEDGER: database(env.LEDGER),
    TOKENS: calling(env.TOKENS),
    LEDGER_QUEUE: calling(env.LEDGER_QUEUE),
    ALERTS_QUEUE: calling(env.ALERTS_QUEUE),
    ...(SPEND ? { SPEND: countedObjects(SPEND, () => used.calls++) } : {}),
    ...(ARCHIVE ? { ARCHIVE: calling(ARCHIVE) } : {}),
  }
}

/** Each call of an object counts. */
const countedObjects = (
  namespace: DurableObjectNamespace,
  onCall: () => void,
): DurableObjectNamespace =>
  new Proxy(namespace, {
    get: (target, name) =>
      name === 'getByName'
        ? (object: string) => countedCalls(target.getByName(object), onCall)
        : Reflect.get(target, name),
  })

function countedCalls<T extends object>(binding: T, onCall: () => void): T {
  return new Proxy(binding, {
    get: (target, name) => {
      const member: unknown = Reflect.get(target, name)
      if (typeof member !== 'function') return member
      const method = member as (...args: unknown[]) => unknown
      return (...args: unknown[]) => {
        onCall()
        // Not `method.apply`: a method of an object elsewhere has no other members than those it has there.
        return Reflect.apply(method, target, args)
      }
    },
  })
}

/** A D1 binding that counts as Cloudflare does. */
export function countedDatabase(database: D1Database, used: Cost): D1Database {
  const statements = new WeakMap<object, D1PreparedStatement>()
  const watched = (statement: D1PreparedStatement): D1PreparedStatement => {
    const proxy = new Proxy(statement, {
      get: (target, name: 'first' | 'all' | 'run' | 'raw' | 'bind') => {
        if (name === 'bind') return (...values: unknown[]) => watched(target.bind(...values))
        const method = target[name] as (...values: unknown[]) => unknown
        return (...values: unknown[]) => {
          used.queries++
          used.calls++
          return method.apply(target, values)
        }
      },
    })
    statements.set(proxy, statement)
    return proxy
  }
  return {
    prepare: (sql: string) => watched(database.prepare(sql)),
    batch: (list: D1PreparedStatement[]) => {
      used.queries += list.length
      used.calls++
      return database.batch(list.map((one) => statements.get(one) ?? one))
    },
  } as unknown as D1Database
}
