import { everyAccountOf } from '../../schema/sql.ts'
import { firstUuid } from '../../http/uuid.ts'
import { DAY_MS } from '../../http/time.ts'
import { quote } from '../../schema/sql.ts'
import { TYPICAL, type Traffic } from '../../reports/capacity/capacity.ts'
import { LONG_MS } from '../../reports/capacity/measured.ts'
import { queryD1, type Target } from '../d1.ts'

/** The traffic of the last full days (UTC), a day on average. Null: there were no requests. */
export async function readTraffic(
  target: Target,
  days: number,
  nowMs: number,
): Promise<Traffic | null> {
  const beforeMs = Math.floor(nowMs / DAY_MS) * DAY_MS + DAY_MS
  const fromMs = beforeMs - days * DAY_MS
  const [rows = []] = await queryD1(
    target,
    'LEDGER',
    `WITH RECURSIVE ${everyAccountOf('requests')}
     SELECT count(*) AS requests, total(streamed) AS streamed, total(iif(streamed, output_tokens, 0)) AS events,
       total(ifnull(label, '') <> '') AS labelled, total(session IS NOT NULL) AS sessions,
       total(tags IS NOT NULL) AS tagged, total(total_ms > ${LONG_MS}) AS long,
       count(DISTINCT label || '/' || (at_ms / 3600000)) AS requesterHours
     FROM accounts CROSS JOIN requests ON requests.account_id = accounts.id
     WHERE requests.id >= ${quote(firstUuid(fromMs))} AND requests.id < ${quote(firstUuid(beforeMs))}`,
  )
  const found = rows[0] ?? {}
  const number = (name: string): number => Number(found[name] ?? 0)
  const requests = number('requests')
  if (requests === 0) return null
  const [accounts = []] = await queryD1(
    target,
    'DB',
    `SELECT (SELECT count(*) FROM tokens WHERE revoked_at_ms IS NULL) AS tokens,
       (SELECT count(*) FROM budgets) AS budgets`,
  )
  const share = (name: string): number => number(name) / requests
  return {
    ...TYPICAL,
    requests: requests / days,
    streamedShare: share('streamed'),
    eventsAStream: number('events') / Math.max(1, number('streamed')),
    labelledShare: share('labelled'),
    sessionShare: share('sessions'),
    taggedShare: share('tagged'),
    longShare: share('long'),
    // The ledger does not tell to which requests a budget applied: at most all.
    budgetShare: Number(accounts[0]?.['budgets'] ?? 0) > 0 ? 1 : 0,
    tokens: Number(accounts[0]?.['tokens'] ?? 0),
    // More than every second request has a requester of its own in its hour.
    requesters: share('requesterHours') > 0.5 && number('labelled') > 0 ? 'many' : 'few',
  }
}
