import { isFailing, type ChannelInfo } from '../../alerts/channels/present.ts'
import type { AlertsProps } from './view.tsx'
import { CHANNEL_TITLES } from './words.ts'
import { When } from '../../web/when.tsx'

/** Where messages go, each with its state. */
export function ChannelsCard({ channels, isOwner }: AlertsProps) {
  return (
    <section class="card" aria-labelledby="channels-title">
      <header>
        <h2 id="channels-title">Channels</h2>
        {isOwner && <a href="/alerts/channels/new">New channel</a>}
      </header>
      {channels.length === 0 && (
        <p>
          No channel yet: messages are only on this page.{' '}
          {isOwner ? 'Add a webhook, Slack, Discord or e-mail.' : 'An owner can add one.'}
        </p>
      )}
      <ul class="rows">
        {channels.map((channel) => (
          <li>
            <div>
              <a href={`/alerts/channels/${channel.id}`}>
                <strong>{channel.name}</strong>
              </a>{' '}
              {isFailing(channel) && <span class="badge bad">Failing</span>}
              <p class="hint">
                {CHANNEL_TITLES[channel.kind]} to <code>{channel.shown}</code>.{' '}
                <State channel={channel} />
              </p>
            </div>
            {isOwner && (
              <form method="post" action={`/alerts/channels/${channel.id}/test`}>
                <button class="plain" type="submit" aria-label={`Test ${channel.name}`}>
                  Test
                </button>
              </form>
            )}
          </li>
        ))}
      </ul>
    </section>
  )
}

function State({ channel }: { channel: ChannelInfo }) {
  const { lastTriedAtMs, lastDeliveredAtMs, lastError, failures } = channel
  if (lastTriedAtMs === null) return <>Never used: send a test.</>
  if (failures === 0)
    return (
      <>
        Last delivered <When ms={lastDeliveredAtMs ?? lastTriedAtMs} />.
      </>
    )
  return (
    <span class="bad">
      The last attempt (<When ms={lastTriedAtMs} />) failed: {lastError}.
    </span>
  )
}
