/** What a check found. */
export interface Check {
  ok: boolean
  /** The problem, and what to do. */
  problem: string | null
  /** What this deployment does without, because the binding is left out. Null: it is there. */
  missing: string | null
}

export interface About {
  title: string
  /** What to do if it fails, where the problem itself does not say it. */
  fix: string
  /** What a deployment without it does not have. Absent: it cannot do without. */
  without?: string
}

const DEPLOY = 'Run npm run deploy with this version’s wrangler.toml.'

/** Everything that is checked without asking the network, in the order in which it is shown. */
export const ABOUT = {
  settings: {
    title: 'Settings',
    fix: 'Correct the setting under [vars] in wrangler.toml, then run npm run deploy.',
  },
  DB: { title: 'Database of accounts (DB)', fix: DEPLOY },
  LEDGER: { title: 'Database of requests (LEDGER)', fix: DEPLOY },
  TOKENS: { title: 'KV (TOKENS)', fix: DEPLOY },
  LEDGER_QUEUE: { title: 'Queue of rows (LEDGER_QUEUE)', fix: DEPLOY },
  DEAD_LETTER_QUEUE: {
    title: 'Queue of rows that were not written (DEAD_LETTER_QUEUE)',
    fix: DEPLOY,
    without: 'The doctor cannot try its consumer.',
  },
  ALERTS_QUEUE: { title: 'Queue of alerts (ALERTS_QUEUE)', fix: DEPLOY },
  SPEND: {
    title: 'Durable Object (SPEND)',
    fix: DEPLOY,
    without: 'Budgets and rate limits are not available.',
  },
  ANALYTICS: {
    title: 'Analytics Engine (ANALYTICS)',
    fix: DEPLOY,
    without: 'Requests leave no points in Analytics Engine.',
  },
  SIGN_IN_LIMIT: {
    title: 'Rate limit (SIGN_IN_LIMIT)',
    fix: DEPLOY,
    without: 'Attempts to sign in are not limited.',
  },
  CRONS: {
    title: 'Crons',
    fix: DEPLOY,
    without: 'No jobs run: there are no alerts, and old rows are neither summed up nor deleted.',
  },
  MASTER_KEYS: {
    title: 'Secret MASTER_KEYS',
    fix: 'Set the secret to its former value: npx wrangler secret put MASTER_KEYS; on your own machine, the line MASTER_KEYS in .dev.vars.',
  },
  SETUP_CODE: {
    title: 'Secret SETUP_CODE',
    fix: 'Set a longer one: openssl rand -hex 16 | npx wrangler secret put SETUP_CODE.',
  },
} as const satisfies Record<string, About>

export type CheckName = keyof typeof ABOUT
