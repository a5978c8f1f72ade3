import { Money } from '../money.tsx'
import { count, usd } from '../../http/format.ts'
import { localTime } from '../../http/zone.ts'
import { isDamaged } from '../../http/label.ts'
import type { PresentedRequest } from '../../reports/requests/present.ts'
import { BASIS, outcomeTitle } from './words.ts'

export interface TableProps {
  requests: readonly PresentedRequest[]
  zone: string
}

export function RequestTable({ requests, zone }: TableProps) {
  return (
    <div class="scroll card flush" tabindex={0} role="region" aria-label="Requests">
      <table class="log">
        <thead>
          <tr>
            <th scope="col">Status</th>
            <th scope="col">Time</th>
            <th scope="col">Requester</th>
            <th scope="col">Model</th>
            <th scope="col">Token</th>
            <th scope="col" class="number">
              Input
            </th>
            <th scope="col" class="number">
              Cached
            </th>
            <th scope="col" class="number">
              Output
            </th>
            <th scope="col" class="number">
              Reasoning
            </th>
            <th scope="col" class="number">
              Cost
            </th>
            <th scope="col" class="number">
              First byte
            </th>
            <th scope="col" class="number">
              Total
            </th>
          </tr>
        </thead>
        <tbody>
          {requests.map((request) => (
            <RequestLine request={request} zone={zone} />
          ))}
        </tbody>
      </table>
    </div>
  )
}

function RequestLine({ request, zone }: { request: PresentedRequest; zone: string }) {
  return (
    <tr>
      <td>
        <StatusBadge request={request} />
      </td>
      <td class="time">
        <a href={`/logs/${request.id}`}>
          <time datetime={request.at}>{localTime(Date.parse(request.at), zone)}</time>
        </a>
      </td>
      <td class="name">
        {request.requester ?? <span class="quiet">none</span>}
        {isDamaged(request.requester) && (
          <>
            {' '}
            <a class="tag" href={`/logs/${request.id}#label`}>
              characters lost
            </a>
          </>
        )}
      </td>
      <td class="name">
        {request.model ?? request.requestedModel ?? '–'}
        {request.redirected && (
          <>
            {' '}
            <span class="tag" title={`The request was for ${request.requestedModel}`}>
              for {request.requestedModel}
            </span>
          </>
        )}
      </td>
      <td class="name">{request.token.name ?? '–'}</td>
      <td class="number">{count(request.inputTokens)}</td>
      <td class="number">{count(request.cachedTokens)}</td>
      <td class="number">{count(request.outputTokens)}</td>
      <td class="number">{count(request.reasoningTokens)}</td>
      <td class="number">
        <Cost request={request} />
      </td>
      <td class="number">{duration(request.firstByteMs)}</td>
      <td class="number">{duration(request.totalMs)}</td>
    </tr>
  )
}

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
