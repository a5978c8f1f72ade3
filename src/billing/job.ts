import { finding, judge } from '../alerts/evaluate/judge.ts'
import { readRulesOfAccount, tell } from '../alerts/evaluate/tell-store.ts'
import type { Env } from '../env.ts'
import { loggable } from '../http/error-log.ts'
import { DAY_MS, HOUR_MS } from '../http/time.ts'
import { dueBills, keepBill, putOff, type DueBill, type ReadBill } from './bill-store.ts'
import { askedRange, daysOf, type DayRange } from './day-bill.ts'
import { openManagementKey } from './keys/secret.ts'
import { BillError, fetchInvoice, fetchUsage, readIdentity } from './xai/fetch-store.ts'
import type { Invoice } from './xai/invoice.ts'
import type { UsageBill } from './xai/usage.ts'

/** Days that ended are read again for a week: xAI's figures may come late. */
const DAYS = 7
/** After a long failure, so many days are read. */
const MOST_DAYS = 30
/** Bills are read once a night, some hours after the day has ended (UTC). */
const READ_AT_MS = 3 * HOUR_MS
/** A reading that fails is tried again after this time; one that is refused, in the next night. */
const RETRY_MS = HOUR_MS
const REFUSED: readonly number[] = [400, 401, 403, 404]

const dayOf = (ms: number): number => ms - (ms % DAY_MS)

/** The next night's reading after a moment. */
export function nextNightMs(nowMs: number): number {
  const todayMs = dayOf(nowMs) + READ_AT_MS
  return nowMs < todayMs ? todayMs : todayMs + DAY_MS
}

/** The days to read: none if they were read since the last night's time. */
function dueRange({ readAtMs }: DueBill, nowMs: number): DayRange | null {
  if (readAtMs !== null && readAtMs >= nextNightMs(nowMs) - DAY_MS) return null
  const since = readAtMs === null ? 0 : Math.ceil((nowMs - readAtMs) / DAY_MS)
  const days = Math.min(Math.max(DAYS, since), MOST_DAYS)
  return { fromMs: dayOf(nowMs) - days * DAY_MS, beforeMs: dayOf(nowMs) }
}

const retryMs = (error: unknown, nowMs: number): number =>
  error instanceof BillError && REFUSED.includes(error.status)
    ? nextNightMs(nowMs)
    : nowMs + RETRY_MS

const problemOf = (error: unknown): string =>
  error instanceof BillError ? error.message : loggable(error)

/**
 * Reads xAI's bill of one account: the last seven days by hour and model once a night, and the running invoice; that
 * one every hour if a rule is about the credit. Returns whether others wait.
 */
export async function readBills(env: Env, nowMs: number): Promise<boolean> {
  const [due, next] = await dueBills(env, nowMs, 2)
  if (due === undefined) return false
  await putOff(env, due, { nextAtMs: nowMs + RETRY_MS, nowMs })
  try {
    const read = await readBill(env, due, nowMs)
    await keepBill(env, due, read, nowMs)
    if (read.invoice) await tellCredit(env, due.accountId, read.invoice, nowMs)
  } catch (error) {
    await putOff(env, due, { nextAtMs: retryMs(error, nowMs), nowMs }, problemOf(error))
  }
  return next !== undefined
}

/** A part that cannot be read does not keep back the other one. */
async function readBill(env: Env, due: DueBill, nowMs: number): Promise<ReadBill> {
  const { accountId, sealed, sealedKey, keySavedAtMs } = due
  if (sealedKey === null)
    throw new BillError('the account has no xAI key; save one on Integrate', 0)
  const [{ team, keyId }, key] = await Promise.all([
    readIdentity(env, accountId, sealedKey),
    openManagementKey(env.MASTER_KEYS, accountId, sealed),
  ])
  const range = dueRange(due, nowMs)
  const usage = (id: string | null): Promise<UsageBill | null> =>
    range === null
      ? Promise.resolve(null)
      : fetchUsage(env, key, { team, keyId: id }, askedRange(range))
  const [invoice, ofKey, ofTeam] = await Promise.allSettled([
    fetchInvoice(env, key, team, nowMs),
    usage(keyId),
    usage(null),
  ])
  const failed = [invoice, ofKey, ofTeam].find((one) => one.status === 'rejected')
  const keySinceMs = keySavedAtMs ?? nowMs
  const bills =
    ofKey.status === 'fulfilled' && ofTeam.status === 'fulfilled' && ofKey.value && ofTeam.value
      ? { ofKey: ofKey.value, ofTeam: ofTeam.value }
      : null
  return {
    keyId,
    keySinceMs,
    invoice: invoice.status === 'fulfilled' ? invoice.value : null,
    days: bills && range && daysOf(bills, range, { readAtMs: nowMs, sinceMs: keySinceMs }),
    problem: failed ? problemOf(failed.reason) : null,
    nextAtMs: failed ? retryMs(failed.reason, nowMs) : nextNightMs(nowMs),
  }
}

/** The rules about xAI's credit, judged by the invoice that was just read. */
async function tellCredit(
  env: Env,
  accountId: string,
  { creditTicks }: Invoice,
  nowMs: number,
): Promise<void> {
  const rules = (await readRulesOfAccount(env, accountId)).filter(({ kind }) => kind === 'credit')
  const findings = rules.map((rule) =>
    finding(rule, { atMs: nowMs, measured: { value: creditTicks }, fromMs: null, toMs: null }),
  )
  await tell(env, judge(findings), nowMs)
}
