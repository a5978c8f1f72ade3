import { isFailing, type ChannelInfo } from '../../alerts/channels/present.ts'
import type { Replayed } from '../../alerts/evaluate/replay.ts'
import type { StatedRule } from '../../alerts/rules/rule.ts'
import type { SentMessage } from '../../alerts/sent.ts'
import { Layout, Note, type Notice, type Viewer } from '../../web/layout.tsx'
import type { Names } from '../limits/words.ts'
import { ChannelsCard } from './channels-card.tsx'
import { PreviewCard } from './preview-card.tsx'
import { RulesCard } from './rules-card.tsx'
import { SentCard } from './sent-card.tsx'

export interface AlertsProps {
  viewer: Viewer
  rules: readonly StatedRule[]
  channels: readonly ChannelInfo[]
  sent: readonly SentMessage[]
  /** The message that the list goes on from. Null: the latest. */
  before: string | null
  /** Null: not asked for. */
  replayed: readonly Replayed[] | null
  names: Names
  zone: string
  isOwner: boolean
  notice: Notice | null
}

export function AlertsPage(props: AlertsProps) {
  const { viewer, channels, notice } = props
  return (
    <Layout title="Alerts" viewer={viewer} path="/alerts">
      <h1>Alerts</h1>
      <p class="lead">
        A rule sends a message when a figure crosses its threshold: which figure, who caused it, and
        what to do. Budgets send messages at their own thresholds; set those under{' '}
        <a href="/limits">Limits</a>.
      </p>
      {notice && <Note kind={notice.kind}>{notice.text}</Note>}
      {channels.filter(isFailing).map(({ id, name, failures, lastError }) => (
        <Note kind="bad">
          The channel <a href={`/alerts/channels/${id}`}>{name}</a> fails: {failures} attempts in a
          row, the last with “{lastError}”. Messages to it are tried for a day.
        </Note>
      ))}
      <SentCard {...props} />
      <RulesCard {...props} />
      <ChannelsCard {...props} />
      <PreviewCard {...props} />
    </Layout>
  )
}
