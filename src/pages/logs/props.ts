import type { AsyncJobState } from '../../ledger/async-jobs/store.ts'
import type { Currency } from '../../http/money.ts'
import type { PresentedRequest } from '../../reports/requests/present.ts'
import type { Viewer } from '../../web/layout.tsx'

export interface RequestPageProps {
  viewer: Viewer
  request: PresentedRequest
  /** The state of the async job that the request started at xAI. Null: it started none. */
  work: AsyncJobState | null
  zone: string
  currency: Currency
  /** The models that the token may use; null: all, or it is gone. */
  allowedModels: readonly string[] | null
  nowMs: number
}
