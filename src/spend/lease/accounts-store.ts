import type { Env } from '../../env.ts'
import { within } from '../../http/time-limit.ts'
import type { Answer, Growth, Want } from '../protocol.ts'
import { spendOf } from '../stub-store.ts'
import { Book } from './book.ts'

/** A caller does not wait longer than this for an object that does not answer. */
const LIMIT_MS = 1_000
/** After that, the next callers do not wait at all for some time. */
const DOWN_MS = 3_000
const SETTLE_MS = 400
const IDLE_MS = 8_000
const RETRY_MS = 2_000
const TRIES = 4
const BEAT_MS = 60_000
/** The runtime ends an invocation 30 s after its answer. */
const WATCHING_MS = 20_000
const MOST_ACCOUNTS = 2_000

interface Account {
  book: Book
  downUntilMs: number
  /** Until then another request is going to report; after that it may be gone. */
  reportsAtMs: number
  /** Until then another request watches for the leases to become idle. */
  watchedUntilMs: number
}

const accounts = new Map<string, Account>()
let isolate: string | null = null

function accountOf(accountId: string): Account {
  const known = accounts.get(accountId)
  accounts.delete(accountId)
  const account = known ?? {
    book: new Book(),
    downUntilMs: 0,
    reportsAtMs: 0,
    watchedUntilMs: 0,
  }
  accounts.set(accountId, account)
  // What an account that is dropped here held counts as unaccounted.
  const [oldest] = accounts.keys()
  if (accounts.size > MOST_ACCOUNTS && oldest !== undefined) accounts.delete(oldest)
  return account
}

/** This isolate's leases of an account. */
export const bookOf = (accountId: string): Book => accountOf(accountId).book

/** Asks the account's object, and tells it what this isolate has to report. Throws if it does not answer in time. */
export async function ask(
  env: Env,
  accountId: string,
  asked: { want?: Want; growth?: Growth },
): Promise<Answer> {
  const account = accountOf(accountId)
  const { book } = account
  if (Date.now() < account.downUntilMs)
    throw new Error('the account’s object did not answer lately')
  // Random numbers are not available outside of a request.
  isolate ??= crypto.randomUUID()
  const { want = null, growth = null } = asked
  const id = crypto.randomUUID()
  const reports = book.outbox.report()
  const renews = want || growth ? [] : book.renewals(Date.now())
  const sync = { id, accountId, isolate, nowMs: Date.now(), reports, want, growth, renews }
  try {
    const answer = await within(LIMIT_MS, 'Spend', spendOf(env, accountId).sync(sync))
    book.outbox.confirm(reports)
    return answer
  } catch (error) {
    book.outbox.abandon(id)
    account.downUntilMs = Date.now() + DOWN_MS
    throw error
  }
}

/**
 * Reports what has changed, once for all requests of a moment, and gives leases back that are not used any more. Call
 * it for each request; it ends with the last one. Never throws.
 */
export async function reportSoon(env: Env, accountId: string): Promise<void> {
  const account = accountOf(accountId)
  if (Date.now() >= account.reportsAtMs) {
    account.reportsAtMs = Date.now() + SETTLE_MS + LIMIT_MS
    await scheduler.wait(SETTLE_MS)
    account.reportsAtMs = 0
    await report(env, accountId)
  }
  await watch(env, accountId, account)
}

/** Reports at once. Never throws. */
export const reportNow = (env: Env, accountId: string): Promise<void> => report(env, accountId)

async function report(env: Env, accountId: string): Promise<void> {
  const { book } = accountOf(accountId)
  let isTold = false
  for (let tries = 1; tries <= TRIES && book.outbox.hasNews; tries++) {
    try {
      const { grants, shrinks } = await ask(env, accountId, {})
      const hadFree = book.hasFree
      book.renew(grants, shrinks, Date.now())
      // What is given back now has to be told as well, once.
      if (!hadFree || book.hasFree || isTold) return
      isTold = true
    } catch (error) {
      console.error('spend not reported', String(error))
      // What is not reported now is reported with the next request.
      if (tries < TRIES) await scheduler.wait(RETRY_MS * tries)
    }
  }
}

/** Gives leases back once they have not been used for a while. One request watches for many. */
async function watch(env: Env, accountId: string, account: Account): Promise<void> {
  const { book } = account
  const isWatched = account.watchedUntilMs >= book.lastUseMs + IDLE_MS
  if (!book.hasFree || isWatched) return
  const untilMs = Date.now() + WATCHING_MS
  account.watchedUntilMs = untilMs
  for (;;) {
    const idleAtMs = book.lastUseMs + IDLE_MS
    // A later request watches for it.
    if (idleAtMs > untilMs) return
    if (idleAtMs <= Date.now()) break
    await scheduler.wait(idleAtMs - Date.now())
  }
  book.idle()
  await report(env, accountId)
}

/** Tells the object from time to time that a request is still running. Returns a function that ends it. */
export function beat(env: Env, accountId: string, tell: (book: Book) => void): () => void {
  let timer: ReturnType<typeof setTimeout>
  const next = (): void => {
    timer = setTimeout(() => {
      const account = accountOf(accountId)
      next()
      tell(account.book)
      void report(env, accountId)
    }, BEAT_MS)
  }
  next()
  return () => clearTimeout(timer)
}
