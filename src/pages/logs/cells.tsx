import { Money } from '../money.tsx'
import { count, usd } from '../../http/format.ts'
import type { PresentedRequest } from '../../reports/requests/present.ts'
import { BASIS, outcomeTitle } from './words.ts'

/** Green: complete. Amber: the caller left. Red: failed. */
export function StatusBadge({ request }: { request: PresentedRequest }) {
  const { outcome, status, times } = request
  const kind = outcome === 'complete' ? 'good' : outcome === 'client_gone' ? 'warn' : 'bad'
  return (
    <span class={`badge ${kind}`}>
      {status}
      {outcome !== 'complete' && ` ${outcomeTitle(outcome)}`}
      {times > 1 && ` × ${count(times)}`}
    </span>
  )
}

const WITHOUT_COST: Partial<Record<PresentedRequest['costBasis'], string>> = {
  none: '–',
  deferred: 'with the result',
}

/** A cost that xAI reported has no label; any other is labelled with its basis. */
export function Cost({ request, isExact }: { request: PresentedRequest; isExact?: boolean }) {
  const { costTicks, costBasis } = request
  if (costTicks === null) return <span class="quiet">{WITHOUT_COST[costBasis] ?? 'unknown'}</span>
  const amount = isExact ? usd(costTicks) : <Money ticks={costTicks} />
  if (costBasis === 'reported') return <>{amount}</>
  return (
    <span class="unsure">
      <span class="tag">{costBasis}</span> {costBasis === 'estimated' && '≈ '}
      {amount}
    </span>
  )
}

/** Explains the labels of costs below a table. */
export function BasisLegend() {
  return (
    <p class="hint">
      A cost without a label is {BASIS.reported.means}. <em>computed</em>: {BASIS.computed.means}.{' '}
      <em>estimated</em>: {BASIS.estimated.means}. <em>unknown</em>: {BASIS.unknown.means}.
    </p>
  )
}

/** Milliseconds below ten seconds, tenths of a second above. */
export function duration(ms: number | null): string {
  if (ms === null) return '–'
  return ms < 10_000 ? `${count(ms)} ms` : `${(ms / 1_000).toFixed(1)} s`
}
