import * as z from 'zod/mini'

/** What wrangler.toml binds, and the settings and secrets of the deployment. */
export interface Env {
  TOKENS: KVNamespace
  DB: D1Database
  LEDGER: D1Database
  LEDGER_QUEUE: Queue
  ANALYTICS: AnalyticsEngineDataset
  SIGN_IN_LIMIT: RateLimit
  MASTER_KEYS: string
  XAI_BASE_URL?: string
  UPSTREAM_TIMEOUT_MS?: string
}

/** Where work goes that outlives the answer. */
export type Background = Pick<ExecutionContext, 'waitUntil'>

export interface Settings {
  /** Without a path; endpoints begin with /v1. */
  xaiOrigin: string
  /** How long xAI may take until its first byte. */
  upstreamTimeoutMs: number
}

const schema = z.object({
  XAI_BASE_URL: z._default(z.url({ protocol: /^https?$/ }), 'https://api.x.ai'),
  UPSTREAM_TIMEOUT_MS: z._default(z.coerce.number().check(z.int(), z.gte(1)), 900_000),
})

const parsed = new WeakMap<Env, Settings>()

/** Throws an error that names the setting that is wrong. */
export function readSettings(env: Env): Settings {
  const known = parsed.get(env)
  if (known) return known
  const result = schema.safeParse(env)
  if (!result.success) {
    const [issue] = result.error.issues
    throw new Error(`Cannot read the setting ${issue?.path.join('.')}: ${issue?.message}`)
  }
  const settings: Settings = {
    xaiOrigin: result.data.XAI_BASE_URL.replace(/\/+$/, '').replace(/\/v1$/, ''),
    upstreamTimeoutMs: result.data.UPSTREAM_TIMEOUT_MS,
  }
  parsed.set(env, settings)
  return settings
}
