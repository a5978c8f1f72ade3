import * as z from 'zod/mini'
import type { LedgerMessage } from './ledger/message.ts'

/** What wrangler.toml binds, and the settings and secrets of the deployment. */
export interface Env {
  TOKENS: KVNamespace
  DB: D1Database
  LEDGER: D1Database
  LEDGER_QUEUE: Queue<LedgerMessage>
  ANALYTICS: AnalyticsEngineDataset
  SIGN_IN_LIMIT: RateLimit
  /** Where old rows go; without it they are deleted. */
  ARCHIVE?: R2Bucket
  MASTER_KEYS: string
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
}

/** Where work goes that outlives the answer. */
export type Background = Pick<ExecutionContext, 'waitUntil'>

export interface Settings {
  /** Without a path; endpoints begin with /v1. */
  xaiOrigin: string
  /** How long xAI may take until its first byte. */
  upstreamTimeoutMs: number
  /** Whether strangers may make an account of their own. */
  signUp: 'closed' | 'open'
  /** Null: who comes through Cloudflare Access is nobody in particular. */
  access: AccessSettings | null
  /** Where entries go first. */
  ledgerSink: 'd1' | 'queue'
  /** A request that takes longer leaves a mark, in case that its isolate dies. */
  markAfterMs: number
  /** A marked request that has not ended after so long is taken for lost. */
  longestRequestMs: number
  /** How long the ledger keeps rows; sums stay for ever. */
  retentionDays: number
  /** Cloudflare's plan, which limits the size of a database. */
  plan: 'free' | 'paid'
}

export interface AccessSettings {
  /** https://<team>.cloudflareaccess.com: who signs, and where its keys are. */
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

const schema = z.object({
  XAI_BASE_URL: z._default(
    z.url({ protocol: /^https?$/, error: 'use a URL such as https://api.x.ai' }),
    'https://api.x.ai',
  ),
  UPSTREAM_TIMEOUT_MS: wholeNumber(1, 900_000),
  SIGNUP: z._default(z.enum(['closed', 'open'], { error: 'use closed or open' }), 'closed'),
  ACCESS_TEAM_DOMAIN: z._default(z.string(), ''),
  ACCESS_AUD: z._default(z.string(), ''),
  LEDGER_SINK: z._default(z.enum(['d1', 'queue'], { error: 'use d1 or queue' }), 'd1'),
  MARK_AFTER_MS: wholeNumber(0, 10_000),
  LONGEST_REQUEST_MS: wholeNumber(1_000, 3_600_000),
  RETENTION_DAYS: wholeNumber(1, 90),
  PLAN: z._default(z.enum(['free', 'paid'], { error: 'use free or paid' }), 'free'),
})

const parsed = new WeakMap<Env, Settings>()

/** Throws an error that names the setting that is wrong. */
export function readSettings(env: Env): Settings {
  const known = parsed.get(env)
  if (known) return known
  const result = schema.safeParse(env)
  if (!result.success) {
    const [issue] = result.error.issues
    const name = String(issue?.path[0]) as keyof Env
    throw new Error(
      `Cannot use the setting ${name} ${JSON.stringify(env[name])}: ${issue?.message}`,
    )
  }
  const settings: Settings = {
    xaiOrigin: result.data.XAI_BASE_URL.replace(/\/+$/, '').replace(/\/v1$/, ''),
    upstreamTimeoutMs: result.data.UPSTREAM_TIMEOUT_MS,
    signUp: result.data.SIGNUP,
    access: readAccess(result.data.ACCESS_TEAM_DOMAIN, result.data.ACCESS_AUD),
    ledgerSink: result.data.LEDGER_SINK,
    markAfterMs: result.data.MARK_AFTER_MS,
    longestRequestMs: result.data.LONGEST_REQUEST_MS,
    retentionDays: result.data.RETENTION_DAYS,
    plan: result.data.PLAN,
  }
  parsed.set(env, settings)
  return settings
}

function readAccess(domain: string, audience: string): AccessSettings | null {
  if (domain === '' && audience === '') return null
  const url = domain.includes('://') ? domain : `https://${domain}`
  // Half a setting would trust nobody, or everybody with an account at Cloudflare.
  if (!URL.canParse(url) || domain === '' || audience === '') {
    throw new Error(
      'Cannot read the settings ACCESS_TEAM_DOMAIN and ACCESS_AUD: set both, such as team.cloudflareaccess.com and the audience tag of the application, or neither',
    )
  }
  return { teamOrigin: new URL(url).origin, audience }
}
