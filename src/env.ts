import * as z from 'zod/mini'

/**
 * The bindings and secrets of wrangler.toml, as `wrangler types` generates them (`npm run bindings`), and what may be
 * set besides.
 */
export interface Env extends Omit<
  Bindings,
  'SPEND' | 'ANALYTICS' | 'SIGN_IN_LIMIT' | 'DEAD_LETTER_QUEUE'
> {
  /**
   * One object per account. Without it, there are no budgets and no rate limits. `wrangler types` takes its type from
   * the built Worker, which need not be there.
   */
  SPEND?: DurableObjectNamespace
  /** Without it, requests leave no points in Analytics Engine. */
  ANALYTICS?: AnalyticsEngineDataset
  /** Without it, attempts to sign in are not limited. */
  SIGN_IN_LIMIT?: RateLimit
  /** Without it, the doctor cannot try the consumer of rows that were not written. */
  DEAD_LETTER_QUEUE?: Queue
  /** `none`: the deployment has no crons, so that no jobs run. */
  CRONS?: string
  /** Opens the first account at /join, once: for a deployment without a terminal. */
  SETUP_CODE?: string
  /** Bucket for rows that have left D1; without it they are deleted. */
  ARCHIVE?: R2Bucket
  /** Sends alerts by e-mail, if it is bound. */
  EMAIL?: SendEmail
  ALERTS_FROM?: string
  CHANNEL_TEST_ORIGINS?: string
  XAI_MANAGEMENT_URL?: string
  XAI_BASE_URL?: string
  UPSTREAM_TIMEOUT_MS?: string
  SIGNUP?: string
  ACCESS_TEAM_DOMAIN?: string
  ACCESS_AUD?: string
  LEDGER_SINK?: string
  MARK_AFTER_MS?: string
  LONGEST_REQUEST_MS?: string
  RETENTION_DAYS?: string
  PLAN?: string
  LEDGER_LIMIT_BYTES?: string
  REQUESTERS_PER_HOUR?: string
  PRICES_ACCOUNT?: string
}

/** For work that outlives the response. */
export type Background = Pick<ExecutionContext, 'waitUntil'>

export type Plan = 'free' | 'paid'

/** Size limits of one D1 database: https://developers.cloudflare.com/d1/platform/limits/ */
const DATABASE_LIMIT_BYTES = { free: 500_000_000, paid: 10_000_000_000 } as const

export interface Settings {
  /** Without a path; endpoints begin with /v1. */
  xaiOrigin: string
  /** Time limit until xAI's response begins. */
  upstreamTimeoutMs: number
  /** The sink that is tried first. */
  ledgerSink: 'd1' | 'queue'
  /** A request that takes longer leaves an in-flight record, in case its isolate dies. */
  markAfterMs: number
  /** Cloudflare's plan, which limits the D1 queries and the CPU time of an invocation. */
  plan: Plan
}

/** Settings of pages and jobs. An error in one of these must not refuse a proxied request. */
export interface SiteSettings {
  /** Whether strangers may create an account. */
  signUp: 'closed' | 'open'
  /** Null: Cloudflare Access identifies nobody. */
  access: AccessSettings | null
  /** An in-flight request that has not ended after this time counts as lost. */
  longestRequestMs: number
  /** Retention of rows in the ledger; sums are kept for ever. */
  retentionDays: number
  /** Cloudflare's plan, which limits the size of a database. */
  plan: Plan
  /** The plan's size limit for one database. */
  databaseLimitBytes: number
  /** The size limit of the ledger's database. */
  ledgerLimitBytes: number
  /** The number of requesters of an account that get their own hourly sums; those beyond share one. */
  requestersPerHour: number
  /** The account whose key reads xAI's price list; empty: the only account that has a key. */
  pricesAccount: string
  /** Origins that channels may lead to though they are not public. For development and tests. */
  channelTestOrigins: readonly string[]
  /** Of xAI's management API, without a path. */
  managementOrigin: string
}

export interface AccessSettings {
  /** https://<team>.cloudflareaccess.com: the issuer of Access's JWTs, and the host of its public keys. */
  teamOrigin: string
  /** The application's audience tag. */
  audience: string
}

const wholeNumber = (atLeast: number, otherwise: number) => {
  const error = `use a whole number from ${atLeast} on`
  return z._default(
    z.coerce.number({ error }).check(z.int({ error }), z.gte(atLeast, { error })),
    otherwise,
  )
}

const ledgerSink = z._default(z.enum(['d1', 'queue'], { error: 'use d1 or queue' }), 'd1')
const markAfterMs = wholeNumber(0, 10_000)
const plan = z._default(z.enum(['free', 'paid'], { error: 'use free or paid' }), 'free')

const proxySchema = z.object({
  XAI_BASE_URL: z._default(
    z.url({ protocol: /^https?$/, error: 'use a URL such as https://api.x.ai' }),
    'https://api.x.ai',
  ),
  UPSTREAM_TIMEOUT_MS: wholeNumber(1, 900_000),
  // If one of these is wrong, its default is used and the health page reports it; requests go on.
  LEDGER_SINK: z.catch(ledgerSink, 'd1'),
  MARK_AFTER_MS: z.catch(markAfterMs, 10_000),
  PLAN: z.catch(plan, 'free'),
})

const MANAGEMENT_URL = 'use a URL such as https://management-api.x.ai'

const siteSchema = z.object({
  LEDGER_SINK: ledgerSink,
  MARK_AFTER_MS: markAfterMs,
  SIGNUP: z._default(z.enum(['closed', 'open'], { error: 'use closed or open' }), 'closed'),
  ACCESS_TEAM_DOMAIN: z._default(z.string(), ''),
  ACCESS_AUD: z._default(z.string(), ''),
  LONGEST_REQUEST_MS: wholeNumber(1_000, 3_600_000),
  RETENTION_DAYS: wholeNumber(1, 90),
  PLAN: plan,
  LEDGER_LIMIT_BYTES: wholeNumber(0, 0),
  REQUESTERS_PER_HOUR: wholeNumber(1, 2_000),
  PRICES_ACCOUNT: z._default(z.string(), ''),
  CHANNEL_TEST_ORIGINS: z._default(z.string(), ''),
  XAI_MANAGEMENT_URL: z._default(
    // The key of the bill goes there: in the clear only to this machine.
    z
      .url({ protocol: /^https?$/, error: MANAGEMENT_URL })
      .check(z.regex(/^https:|^http:\/\/(localhost|127\.0\.0\.1)[:/]/, { error: MANAGEMENT_URL })),
    'https://management-api.x.ai',
  ),
})

/** Reads the settings once per environment. Throws an error that names the wrong setting. */
function reader<T, S>(schema: z.ZodMiniType<T>, toSettings: (read: T) => S): (env: Env) => S {
  const known = new WeakMap<Env, S>()
  return (env) => {
    const before = known.get(env)
    if (before) return before
    const result = schema.safeParse(env)
    if (!result.success) {
      const [issue] = result.error.issues
      const name = String(issue?.path[0]) as keyof Env
      throw new Error(
        `Cannot use the setting ${name} ${JSON.stringify(env[name])}: ${issue?.message}`,
      )
    }
    const settings = toSettings(result.data)
    known.set(env, settings)
    return settings
  }
}

export const readSettings = reader(proxySchema, (read): Settings => ({
  xaiOrigin: read.XAI_BASE_URL.replace(/\/+$/, '').replace(/\/v1$/, ''),
  upstreamTimeoutMs: read.UPSTREAM_TIMEOUT_MS,
  ledgerSink: read.LEDGER_SINK,
  markAfterMs: read.MARK_AFTER_MS,
  plan: read.PLAN,
}))

export const readSiteSettings = reader(siteSchema, (read): SiteSettings => ({
  signUp: read.SIGNUP,
  access: readAccess(read.ACCESS_TEAM_DOMAIN, read.ACCESS_AUD),
  longestRequestMs: read.LONGEST_REQUEST_MS,
  retentionDays: read.RETENTION_DAYS,
  plan: read.PLAN,
  databaseLimitBytes: DATABASE_LIMIT_BYTES[read.PLAN],
  ledgerLimitBytes: read.LEDGER_LIMIT_BYTES || DATABASE_LIMIT_BYTES[read.PLAN],
  requestersPerHour: read.REQUESTERS_PER_HOUR,
  pricesAccount: read.PRICES_ACCOUNT,
  channelTestOrigins: read.CHANNEL_TEST_ORIGINS.split(/[\s,]+/).filter((one) => one !== ''),
  managementOrigin: new URL(read.XAI_MANAGEMENT_URL).origin,
}))

function readAccess(domain: string, audience: string): AccessSettings | null {
  if (domain === '' && audience === '') return null
  const url = domain.includes('://') ? domain : `https://${domain}`
  // With only one of the two, nobody would be trusted, or everybody with a Cloudflare account.
  if (!URL.canParse(url) || domain === '' || audience === '') {
    throw new Error(
      'Cannot read the settings ACCESS_TEAM_DOMAIN and ACCESS_AUD: set both, such as team.cloudflareaccess.com and the audience tag of the application, or neither',
    )
  }
  return { teamOrigin: new URL(url).origin, audience }
}
