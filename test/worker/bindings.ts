import type { D1Migration } from 'cloudflare:test'
import type { Env } from '../../src/env.ts'

declare global {
  namespace Cloudflare {
    interface GlobalProps {
      mainModule: typeof import('../../src/index.ts')
    }
    interface Env extends Bindings {}
  }
}

interface Bindings extends Omit<
  Env,
  'SPEND' | 'ANALYTICS' | 'SIGN_IN_LIMIT' | 'DEAD_LETTER_QUEUE'
> {
  /** How many requests the test of the capacity makes up. */
  CAPACITY_REQUESTS: string
  MIGRATIONS: Record<'accounts' | 'ledger', D1Migration[]>
}
