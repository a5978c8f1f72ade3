import type { AsyncJobState } from '../../ledger/async-jobs/store.ts'
import type { Currency } from '../../http/money.ts'
import type { PresentedRequest } from '../../reports/requests/present.ts'
import type { Viewer } from '../../web/layout.tsx'

export interface RequestPageProps {
  viewer: Viewer
  request: PresentedRequest
  /** What has become of what it began at xAI; null: nothing. */
  work: AsyncJobState | null
  zone: string
  currency: Currency
  nowMs: number
}
