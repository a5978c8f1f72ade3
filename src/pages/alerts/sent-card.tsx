import { SENT_AT_ONCE, type SentDelivery, type SentMessage } from '../../alerts/sent.ts'
import type { AlertsProps } from './view.tsx'
import { LEVEL_BADGES, LEVEL_TITLES } from './words.ts'
import { When } from '../../web/when.tsx'

/** What was told, and whether it came to its channels. */
export function SentCard({ sent, before, zone }: AlertsProps) {
  const last = sent.length === SENT_AT_ONCE ? sent.at(-1) : undefined
  return (
    <section class="card" aria-labelledby="sent-title">
      <header>
        <h2 id="sent-title">Sent</h2>
        <span class="hint">times in {zone}; kept for 92 days</span>
      </header>
      {sent.length === 0 && (
        <p class="hint">{before === null ? 'No alerts sent yet.' : 'No earlier alerts.'}</p>
      )}
      <ul class="rows sent">
        {sent.map((message) => (
          <Message message={message} zone={zone} />
        ))}
      </ul>
      {(before !== null || last) && (
        <p class="actions">
          {before !== null && <a href="/alerts">Latest</a>}{' '}
          {last && <a href={`/alerts?before=${last.id}`}>Older</a>}
        </p>
      )}
    </section>
  )
}

function Message({ message, zone }: { message: SentMessage; zone: string }) {
  const { atMs, level, content, deliveries } = message
  return (
    <li>
      <div>
        <span class={`badge ${LEVEL_BADGES[level]}`}>{LEVEL_TITLES[level]}</span>{' '}
        {content === null ? (
          <span class="quiet">is being put into words</span>
        ) : (
          <a href={content.path}>{content.title}</a>
        )}
        {content && (
          <details>
            <summary>What it says</summary>
            {content.text.map((text) => (
              <p>{text}</p>
            ))}
            <p>{content.advice}</p>
          </details>
        )}
        <p class="hint">
          <When ms={atMs} zone={zone} /> · <Deliveries deliveries={deliveries} content={content} />
        </p>
      </div>
    </li>
  )
}

function Deliveries({ deliveries, content }: Pick<SentMessage, 'deliveries' | 'content'>) {
  if (content?.isHeldBack) return <>not sent: there were too many in that hour</>
  if (deliveries.length === 0) return <>{content ? 'no channel: only here' : 'not sent yet'}</>
  return (
    <>
      {deliveries.map((one, index) => (
        <>
          {index > 0 && ', '}
          <Delivery {...one} />
        </>
      ))}
    </>
  )
}

function Delivery({ channel, state, attempts, error }: SentDelivery) {
  const name = channel ?? 'a channel that was deleted'
  if (state === 'delivered') return <>{name}: delivered</>
  if (state === 'failed')
    return (
      <span class="bad">
        {name}: given up after {attempts} attempts, {error}
      </span>
    )
  return <>{error === null ? `${name}: waiting` : `${name}: tried again soon, ${error}`}</>
}
