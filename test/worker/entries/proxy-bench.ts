// The Worker as it is deployed, with what is a call over the network at Cloudflare answered at once: what
// is left is what Metrion itself costs. Its messages are made, serialised and handed over as in production.
import type { Env } from '../../../src/env.ts'
import worker from '../../../src/index.ts'
import { sealProviderKey } from '../../../src/keys/provider-key.ts'

const ACCOUNT = 'bench'
let written = 0

const statement = { bind: () => statement, all: () => Promise.resolve({ results: [] }) }
const database = {
  prepare: () => statement,
  batch: (list: unknown[]) => {
    written += 1
    return Promise.resolve(list.map(() => ({ results: [] })))
  },
}

async function caller(masterKeys: Env): Promise<object> {
  const sealedKey = await sealProviderKey(masterKeys, ACCOUNT, 'xai-bench-0123456789')
  return { accountId: ACCOUNT, tokenId: 'bench', sealedKey, checkedAtMs: Date.now() }
}

// Settings are read once an environment, so it has to be the same one for every request.
let environment: Env | null = null

function environmentOf(vars: Env): Env {
  if (environment) return environment
  const TOKENS = {
    get: (key: string) => (key.startsWith('token:') ? caller(vars) : Promise.resolve(null)),
    put: () => Promise.resolve(),
  }
  const ANALYTICS = { writeDataPoint: () => {} }
  const stubs: object = { TOKENS, ANALYTICS, LEDGER: database, DB: database }
  environment = { ...vars, ...stubs }
  return environment
}

export default {
  fetch: (request, vars, ctx) =>
    // GET /written: how many rows there are, to be held against how many were asked for.
    request.url.endsWith('/written')
      ? new Response(String(written))
      : worker.fetch(request, environmentOf(vars), ctx),
} satisfies ExportedHandler<Env>
