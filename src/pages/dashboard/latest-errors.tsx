import type { PresentedRequest } from '../../reports/requests/present.ts'
import { When } from '../../web/when.tsx'
import { StatusBadge } from '../logs/cells.tsx'
import { Door } from './chart.tsx'
import { FAILURES, logUrl, type Part } from './links.ts'

interface ValueProps {
  by: 'requester' | 'model'
  value: string | null
  part: Part
}

/** Leads to its failed requests. */
function Value({ by, value, part }: ValueProps) {
  if (value === null) return <span class="quiet">none</span>
  return <Door url={logUrl(part, { ...FAILURES, group: { by, key: value } })}>{value}</Door>
}

interface LatestProps {
  latest: readonly PresentedRequest[]
  zone: string
  /** What the page shows. */
  part: Part
}

/** The columns that a phone has no room for. */
const RARE: readonly string[] = ['Requester', 'Model']

/** The newest failed requests. */
export function Latest({ latest, zone, part }: LatestProps) {
  return (
    <section class="card" aria-labelledby="latest-title">
      <header>
        <h2 id="latest-title">Latest errors</h2>
        <Door url={logUrl(part, FAILURES)}>Open in logs</Door>
      </header>
      <div class="scroll" tabindex={0} role="region" aria-label="Latest errors">
        <table class="log">
          <thead>
            <tr>
              {['Status', 'Time', 'Requester', 'Model', 'Message'].map((title) => (
                <th scope="col" class={RARE.includes(title) ? 'rare' : undefined}>
                  {title}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {latest.map((request) => (
              <tr>
                <td>
                  <StatusBadge request={request} />
                </td>
                <td class="time">
                  <a href={`/logs/${request.id}`}>
                    <When ms={Date.parse(request.at)} zone={zone} fineness="second" />
                  </a>
                </td>
                <td class="name rare">
                  <Value by="requester" value={request.requester} part={part} />
                </td>
                <td class="name rare">
                  <Value by="model" value={request.model ?? request.requestedModel} part={part} />
                </td>
                <td class="words">
                  {request.errorText ?? request.errorCode ?? <span class="quiet">none</span>}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  )
}
