import { finding, judge } from '../alerts/evaluate/judge.ts'
import { readRulesOfAccount, tell } from '../alerts/evaluate/tell-store.ts'
import type { Env } from '../env.ts'
import { loggable } from '../http/error-log.ts'
import { DAY_MS, HOUR_MS } from '../http/time.ts'
import { dueBills, keepBill, putOff, RETRY_MS, type DueBill, type ReadBill } from './bill-store.ts'
import { daysOf } from './day-bill.ts'
import { openManagementKey } from './keys/secret.ts'
import { BillError, fetchInvoice, fetchUsage, readIdentity } from './xai/fetch-store.ts'

/** Days that ended are read again for a week: xAI's figures may come late. */
const DAYS = 7
/** Bills are read once a night, some hours after the day has ended (UTC). */
const READ_AT_MS = 3 * HOUR_MS

const dayOf = (ms: number): number => ms - (ms % DAY_MS)

/** The next night's reading after a moment. */
export function nextNightMs(nowMs: number): number {
  const todayMs = dayOf(nowMs) + READ_AT_MS
  return nowMs < todayMs ? todayMs : todayMs + DAY_MS
}

/** Whether the days were read since the last night's time. */
const areDaysDue = ({ readAtMs }: DueBill, nowMs: number): boolean =>
  readAtMs === null || readAtMs < nextNightMs(nowMs) - DAY_MS

/**
 * Reads xAI's bill of one account: the last seven days by hour and model once a night, and the running invoice; that
 * one every hour if a rule is about the credit. Returns whether others wait.
 */
export async function readBills(env: Env, nowMs: number): Promise<boolean> {
  const [due, next] = await dueBills(env, nowMs, 2)
  if (due === undefined) return false
  const { accountId } = due
  await putOff(env, accountId, nowMs + RETRY_MS, null)
  try {
    const read = await readBill(env, due, nowMs)
    await keepBill(env, due, read, nowMs)
    await tellCredit(env, accountId, read, nowMs)
  } catch (error) {
    const problem = error instanceof BillError ? error.message : loggable(error)
    await putOff(env, accountId, nowMs + RETRY_MS, problem)
  }
  return next !== undefined
}

async function readBill(env: Env, due: DueBill, nowMs: number): Promise<ReadBill> {
  const { accountId, sealed, sealedKey, keySavedAtMs } = due
  if (sealedKey === null)
    throw new BillError('the account has no xAI key; save one on Integrate', 0)
  const [identity, key] = await Promise.all([
    readIdentity(env, accountId, sealedKey),
    openManagementKey(env.MASTER_KEYS, accountId, sealed),
  ])
  const { team, keyId } = identity
  const range = { fromMs: dayOf(nowMs) - DAYS * DAY_MS, beforeMs: dayOf(nowMs) }
  const isDue = areDaysDue(due, nowMs)
  const [invoice, ofKey, ofTeam] = await Promise.all([
    fetchInvoice(env, key, team, nowMs),
    isDue ? fetchUsage(env, key, { team, keyId }, range) : null,
    isDue ? fetchUsage(env, key, { team, keyId: null }, range) : null,
  ])
  const isSameKey = keyId === due.keyId && due.keySinceMs !== null
  return {
    identity,
    keySinceMs: isSameKey ? due.keySinceMs! : (keySavedAtMs ?? nowMs),
    invoice,
    days: ofKey && ofTeam ? daysOf({ ofKey, ofTeam }, range, nowMs) : null,
    nextAtMs: nextNightMs(nowMs),
  }
}

/** The rules about xAI's credit, judged by the invoice that was just read. */
async function tellCredit(
  env: Env,
  accountId: string,
  { invoice: { creditTicks } }: ReadBill,
  nowMs: number,
): Promise<void> {
  const rules = (await readRulesOfAccount(env, accountId)).filter(({ kind }) => kind === 'credit')
  const findings = rules.map((rule) =>
    finding(rule, { atMs: nowMs, measured: { value: creditTicks }, fromMs: null, toMs: null }),
  )
  await tell(env, judge(findings), nowMs)
}
