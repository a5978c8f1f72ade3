import { age, count } from '../../http/format.ts'
import type { PresentedRequest } from '../../reports/requests/present.ts'
import type { Session } from '../../reports/sessions/store.ts'
import { Layout, type Viewer } from '../../web/layout.tsx'
import { Fact } from '../fact.tsx'
import { Cost, duration, StatusBadge } from '../logs/cells.tsx'
import { Money } from '../money.tsx'
import { cachedShare, sessionUrl } from './words.ts'
import { When } from '../../web/when.tsx'

export interface DetailProps {
  viewer: Viewer
  session: Session
  /** In order, the oldest first. */
  requests: readonly PresentedRequest[]
  /** What the session had cost after each of them. Null: it has too many requests to add up. */
  runningTicks: readonly number[] | null
  nextCursor: string | null
  zone: string
}

export function DetailPage({ viewer, session, requests, zone, ...rest }: DetailProps) {
  const { nextCursor } = rest
  return (
    <Layout title={`Session ${session.session}`} viewer={viewer} path="/sessions" wide>
      <h1>Session {session.session}</h1>
      <p class="lead" data-zoned>
        Its requests in order.{' '}
        <a href={`/logs?${new URLSearchParams({ session: session.session }).toString()}`}>
          Show them in the log
        </a>
      </p>
      <Sums session={session} zone={zone} />
      <div class="scroll card flush" tabindex={0} role="region" aria-label="Requests">
        <Requests requests={requests} zone={zone} runningTicks={rest.runningTicks} />
      </div>
      {nextCursor && (
        <nav class="pager" aria-label="Pages of requests">
          <a href={sessionUrl(session.session, { cursor: nextCursor })} rel="next">
            Later requests
          </a>
        </nav>
      )}
    </Layout>
  )
}

function Sums({ session: one, zone }: { session: Session; zone: string }) {
  return (
    <section class="card" aria-label="Sums">
      <dl class="facts">
        <Fact name="Cost">
          <Money ticks={one.costTicks} />
          {one.unknownCosts > 0 && ` and ${count(one.unknownCosts)} of unknown cost`}
        </Fact>
        <Fact name="Requests">{count(one.requests)}</Fact>
        <Fact name="Failed">{count(one.failed)}</Fact>
        <Fact name="First">
          <When ms={one.firstMs} zone={zone} />
        </Fact>
        <Fact name="Latest">
          <When ms={one.lastMs} zone={zone} />
        </Fact>
        <Fact name="Duration">{age(Math.max(0, one.lastMs - one.firstMs))}</Fact>
        <Fact name="Input from the cache">{cachedShare(one)}</Fact>
        <Fact name="Saved by the cache">
          <Money ticks={one.savedTicks} />
        </Fact>
      </dl>
    </section>
  )
}

function Requests({
  requests,
  runningTicks,
  zone,
}: Pick<DetailProps, 'requests' | 'runningTicks' | 'zone'>) {
  return (
    <table class="log">
      <thead>
        <tr>
          <th scope="col">Status</th>
          <th scope="col">Time</th>
          <th scope="col" class="rare">
            Requester
          </th>
          <th scope="col">Model</th>
          {['Input', 'Cached', 'Output', 'Cost', 'Cost so far', 'Total'].map((title) => (
            <th
              scope="col"
              class={
                title === 'Cost'
                  ? 'number'
                  : title === 'Cached'
                    ? 'number rare wide'
                    : 'number rare'
              }
            >
              {title}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {requests.map((request, index) => (
          <tr>
            <td>
              <StatusBadge request={request} />
            </td>
            <td class="time">
              <a href={`/logs/${request.id}`}>
                <When ms={Date.parse(request.at)} zone={zone} fineness="short" />
              </a>
            </td>
            <td class="name rare">{request.requester ?? <span class="quiet">none</span>}</td>
            <td class="name">{request.model ?? request.requestedModel ?? '–'}</td>
            <td class="number rare">{count(request.inputTokens)}</td>
            <td class="number rare wide">{count(request.cachedTokens)}</td>
            <td class="number rare">{count(request.outputTokens)}</td>
            <td class="number">
              <Cost request={request} />
            </td>
            <td class="number rare">
              {runningTicks ? <Money ticks={runningTicks[index] ?? 0} /> : '–'}
            </td>
            <td class="number rare">{duration(request.totalMs)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}
