import { age, count } from '../../http/format.ts'
import { COMPARED_SESSIONS, type SESSION_SORTS } from '../../reports/sessions/input.ts'
import type { Session, SessionPage } from '../../reports/sessions/store.ts'
import { Money, MoneyCell } from '../money.tsx'
import { HowTo, SessionsFrame, type FrameProps } from './frame.tsx'
import type { ListQuery } from './input.ts'
import { cachedShare, sessionUrl } from './words.ts'
import { When } from '../../web/when.tsx'

export interface ListProps extends FrameProps {
  query: ListQuery
  found: SessionPage
}

const COLUMNS: readonly { title: string; sort?: (typeof SESSION_SORTS)[number] }[] = [
  { title: 'Cost', sort: 'cost' },
  { title: 'Requests', sort: 'requests' },
  { title: 'Failed' },
  { title: 'Input' },
  { title: 'Cached' },
  { title: 'Output' },
  { title: 'Saved by the cache' },
  { title: 'Duration' },
  { title: 'Latest', sort: 'latest' },
]

export function ListPage({ query, found, ...frame }: ListProps) {
  const url = (changes: Readonly<Record<string, string>>): string =>
    `/sessions?${new URLSearchParams({ range: query.range, sort: query.sort, ...changes }).toString()}`
  const { sessions, nextCursor, isAll } = found
  return (
    <SessionsFrame {...frame} tab="/sessions" kept={{ sort: query.sort }}>
      <p class="hint">
        Sessions whose newest request is in this time range. Their sums are of all their requests.
      </p>
      {sessions.length === 0 ? (
        <HowTo header="x-metrion-session: chat-1234">
          A session is a conversation, a job or a run of an agent. Send its name with each of its
          requests, and this page shows what it cost.
        </HowTo>
      ) : (
        <div class="scroll card flush" tabindex={0} role="region" aria-label="Sessions">
          <table class="log">
            <thead>
              <tr>
                <th scope="col">Session</th>
                {COLUMNS.map(({ title, sort }) => (
                  <th
                    scope="col"
                    class={sort ? 'number' : 'number rare'}
                    aria-sort={sort === query.sort ? 'descending' : undefined}
                  >
                    {sort ? <a href={url({ sort })}>{title}</a> : title}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {sessions.map((session) => (
                <Row session={session} zone={frame.zone} />
              ))}
            </tbody>
          </table>
        </div>
      )}
      {!isAll && (
        <p class="hint">
          This range has more than {count(COMPARED_SESSIONS)} sessions; the newest are listed.
          Choose a shorter range to compare all.
        </p>
      )}
      {nextCursor && (
        <nav class="pager" aria-label="Pages of sessions">
          <a href={url({ cursor: nextCursor })} rel="next">
            More sessions
          </a>
        </nav>
      )}
    </SessionsFrame>
  )
}

function Row({ session: one, zone }: { session: Session; zone: string }) {
  return (
    <tr>
      <th scope="row" class="name">
        <a href={sessionUrl(one.session)}>{one.session}</a>
      </th>
      <MoneyCell ticks={one.costTicks} />
      <td class="number">{count(one.requests)}</td>
      <td class="number rare">{count(one.failed)}</td>
      <td class="number rare">{count(one.inputTokens)}</td>
      <td class="number rare">{cachedShare(one)}</td>
      <td class="number rare">{count(one.outputTokens)}</td>
      <td class="number rare">
        <Money ticks={one.savedTicks} />
      </td>
      <td class="number rare">{age(Math.max(0, one.lastMs - one.firstMs))}</td>
      <td class="number">
        <When ms={one.lastMs} zone={zone} />
      </td>
    </tr>
  )
}
