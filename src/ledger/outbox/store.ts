import type { Env } from '../../env.ts'
import { loggable } from '../../http/error-log.ts'

/** A kind of values that wait in KV until they can be written. */
export interface OutboxKind<T> {
  prefix: string
  /** Writes all of them or none. May be called again with the same values. */
  write: (list: readonly T[]) => Promise<void>
  /** Handles a value that can never be written. */
  giveUp: (key: string, one: T, error: unknown) => Promise<void>
  isFinal: (error: unknown) => boolean
}

/** Names per KV list call. */
const LISTED = 100
/** Each key costs two calls; on Free, an invocation has fifty. */
const KEYS_AT_ONCE = 5
/** Values per statement. Keeps the JSON far below D1's limit of two megabytes per value. */
const VALUES_AT_ONCE = 200

/**
 * Writes the values of some keys in one go. If that fails, writes one key alone; if that can never be written, splits
 * it in half, so that a bad value does not block others for long. Returns whether there is more. Throws if nothing
 * could be written now.
 */
export async function deliver<T>({ TOKENS }: Env, kind: OutboxKind<T>): Promise<boolean> {
  const { keys, list_complete } = await TOKENS.list({ prefix: kind.prefix, limit: LISTED })
  // Random order, so that a key that stays blocks no other.
  const some = shuffled(keys.map(({ name }) => name)).slice(0, KEYS_AT_ONCE)
  const read = await Promise.all(
    some.map(async (key) => ({ key, list: await readList<T>(TOKENS, key) })),
  )
  const taken = upTo(VALUES_AT_ONCE, read)
  if (taken.length === 0) return false
  try {
    await kind.write(taken.flatMap(({ list }) => list))
    await Promise.all(taken.map(({ key }) => TOKENS.delete(key)))
  } catch (error) {
    console.error('outbox not delivered', kind.prefix, taken.length, loggable(error))
    await deliverOne(TOKENS, kind, taken[0]!, taken.length === 1 ? { error } : null)
    return true
  }
  return keys.length > taken.length || !list_complete
}

interface Key<T> {
  key: string
  list: readonly T[]
}

async function readList<T>(kv: KVNamespace, key: string): Promise<readonly T[]> {
  const value = await kv.get<T | T[]>(key, 'json')
  return value === null ? [] : Array.isArray(value) ? value : [value]
}

async function deliverOne<T>(
  kv: KVNamespace,
  { write, giveUp, isFinal }: OutboxKind<T>,
  { key, list }: Key<T>,
  failed: { error: unknown } | null,
): Promise<void> {
  const problem = failed ?? (await tried(() => write(list)))
  if (problem !== null) {
    const [only] = list
    if (!isFinal(problem.error)) throw problem.error
    if (list.length === 1 && only !== undefined) await giveUp(key, only, problem.error)
    else await split(kv, key, list)
  }
  await kv.delete(key)
}

async function tried(run: () => Promise<void>): Promise<{ error: unknown } | null> {
  try {
    await run()
    return null
  } catch (error) {
    return { error }
  }
}

async function split(kv: KVNamespace, key: string, list: readonly unknown[]): Promise<void> {
  const middle = Math.ceil(list.length / 2)
  await kv.put(`${key}:1`, JSON.stringify(list.slice(0, middle)))
  await kv.put(`${key}:2`, JSON.stringify(list.slice(middle)))
}

/** The first keys, with at most `most` values together; always at least one key. */
function upTo<T>(most: number, keys: readonly Key<T>[]): Key<T>[] {
  const taken: Key<T>[] = []
  let values = 0
  for (const one of keys) {
    values += one.list.length
    if (taken.length > 0 && values > most) break
    taken.push(one)
  }
  return taken
}

function shuffled<T>(list: readonly T[]): T[] {
  const left = [...list]
  for (let at = left.length - 1; at > 0; at--) {
    const other = Math.floor(Math.random() * (at + 1))
    ;[left[at], left[other]] = [left[other]!, left[at]!]
  }
  return left
}
