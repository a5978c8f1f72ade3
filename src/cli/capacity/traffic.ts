import { everyAccountOf } from '../../schema/sql.ts'
import { firstUuid } from '../../http/uuid.ts'
import { DAY_MS } from '../../http/time.ts'
import { quote } from '../../schema/sql.ts'
import { TYPICAL, type Traffic } from '../../reports/capacity/traffic.ts'
import { LONG_MS } from '../../reports/capacity/measured.ts'
import { queryD1, type D1Row, type Target } from '../d1.ts'
import type { Config } from '../deploy/config.ts'

/** What the settings of wrangler.toml say of it. */
export interface Deployed {
  retentionDays: number
  sink: Traffic['sink']
  ledgerLimitBytes: number | null
}

export function deployedOf({ vars = {} }: Pick<Config, 'vars'>): Deployed {
  // Zero and nothing are the defaults, as in src/env.ts.
  const setting = (name: string): number => Number(vars[name] ?? 0)
  return {
    retentionDays: setting('RETENTION_DAYS') || TYPICAL.retentionDays,
    sink: vars['LEDGER_SINK'] === 'queue' ? 'queue' : 'd1',
    ledgerLimitBytes: setting('LEDGER_LIMIT_BYTES') || null,
  }
}

const SUMS = `count(*) AS requests, total(streamed) AS streamed,
  total(iif(streamed, output_tokens, 0)) AS events, total(ifnull(label, '') <> '') AS labelled,
  total(session IS NOT NULL) AS sessions, total(tags IS NOT NULL) AS tagged, total(total_ms > ${LONG_MS}) AS long,
  count(DISTINCT label || '/' || (at_ms / 3600000)) AS requesterHours`

/**
 * The traffic of the days until now, a day on average; of a younger ledger, of the days since its first request. Null:
 * there were no requests.
 */
export async function readTraffic(
  target: Target,
  deployed: Deployed,
  days: number,
  nowMs: number,
): Promise<Traffic | null> {
  const found = await readSums(target, nowMs - days * DAY_MS, nowMs)
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
  const spanDays = Math.min(days, Math.max(1, (nowMs - number('firstMs')) / DAY_MS))
  return {
    ...TYPICAL,
    ...deployed,
    requests: requests / spanDays,
    streamedShare: share('streamed'),
    eventsAStream: number('events') / Math.max(1, number('streamed')),
    eventsOfLongStreams: number('longEvents'),
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

/** The sums, the time of the ledger's oldest row, and the output tokens that one stream of a hundred exceeds. */
async function readSums(target: Target, fromMs: number, beforeMs: number): Promise<D1Row> {
  const rows = `FROM accounts CROSS JOIN requests ON requests.account_id = accounts.id
     WHERE requests.id >= ${quote(firstUuid(fromMs))} AND requests.id < ${quote(firstUuid(beforeMs))}`
  const [sums = [], oldest = [], long = []] = await queryD1(
    target,
    'LEDGER',
    `WITH RECURSIVE ${everyAccountOf('requests')} SELECT ${SUMS} ${rows};
     WITH RECURSIVE ${everyAccountOf('requests')} SELECT min((SELECT at_ms FROM requests
       WHERE requests.account_id = accounts.id ORDER BY requests.id LIMIT 1)) AS firstMs FROM accounts;
     WITH RECURSIVE ${everyAccountOf('requests')}, streams AS (SELECT output_tokens AS tokens ${rows} AND streamed)
     SELECT tokens AS longEvents FROM streams
     ORDER BY tokens DESC LIMIT 1 OFFSET (SELECT count(*) / 100 FROM streams)`,
  )
  return { ...sums[0], ...oldest[0], ...long[0] }
}
