import { CHANNEL_KINDS, type ChannelKind } from '../../alerts/channels/kinds.ts'
import type { ChannelInfo } from '../../alerts/channels/present.ts'
import { Layout, Note, type Notice, type Viewer } from '../../web/layout.tsx'
import { CHANNEL_TITLES, TARGET_WORDS } from './words.ts'

export interface ChannelPageProps {
  viewer: Viewer
  kind: ChannelKind
  /** Null: a new one. */
  channel: ChannelInfo | null
  name: string
  /** The address as it was typed. A saved one is not shown again. */
  target: string
  /** A secret that is new, shown in this answer alone. */
  secret: string | null
  isOwner: boolean
  notice: Notice | null
}

export function ChannelPage(props: ChannelPageProps) {
  const { viewer, kind, channel, secret, isOwner, notice } = props
  const title = channel?.name ?? 'New channel'
  return (
    <Layout title={title} viewer={viewer} path="/alerts">
      <p>
        <a href="/alerts">Alerts</a>
      </p>
      <h1>{title}</h1>
      {channel && (
        <p class="lead">
          {CHANNEL_TITLES[kind]} to <code>{channel.shown}</code>
        </p>
      )}
      {notice && <Note kind={notice.kind}>{notice.text}</Note>}
      {secret && <Secret secret={secret} />}
      <Form {...props} />
      {channel && isOwner && (
        <section class="card danger" aria-labelledby="delete-title">
          <header>
            <h2 id="delete-title">Delete this channel</h2>
          </header>
          <form class="stack" method="post" action={`/alerts/channels/${channel.id}/delete`}>
            <p class="hint">
              Messages that wait for it are not sent. Rules that name it alone are for all channels
              then.
            </p>
            <button class="danger" type="submit">
              Delete {channel.name}
            </button>
          </form>
        </section>
      )}
    </Layout>
  )
}

function Secret({ secret }: { secret: string }) {
  return (
    <div class="note good" role="status">
      <p>Copy the webhook’s secret now: it checks the signatures, and is shown only once.</p>
      <div class="secret">
        <code id="channel-secret">{secret}</code>
        <button class="plain" type="button" data-copy="channel-secret" data-needs-script>
          Copy
        </button>
      </div>
    </div>
  )
}

function Form({ kind, channel, name, target, isOwner }: ChannelPageProps) {
  const words = TARGET_WORDS[kind]
  return (
    <section class="card" aria-labelledby="form-title">
      <header>
        <h2 id="form-title">{channel ? 'Change this channel' : 'Where messages go'}</h2>
        {channel === null && <Kinds kind={kind} />}
      </header>
      <form
        class="stack"
        method="post"
        action={channel ? `/alerts/channels/${channel.id}` : `/alerts/channels/new?kind=${kind}`}
      >
        <label for="channel-name">Name</label>
        <input
          type="text"
          id="channel-name"
          name="name"
          value={name}
          required
          maxlength={100}
          placeholder="Operations"
          disabled={!isOwner}
        />
        <label for="channel-target">{words.label}</label>
        <input
          type={kind === 'email' ? 'email' : 'url'}
          id="channel-target"
          name="target"
          value={target}
          required={channel === null}
          placeholder={channel ? 'unchanged' : words.placeholder}
          autocomplete="off"
          disabled={!isOwner}
        />
        <p class="hint">{words.hint}</p>
        {isOwner ? (
          <div class="actions">
            <button type="submit">{channel ? 'Save' : 'Create channel'}</button>
            {channel && kind === 'webhook' && (
              <button class="plain" type="submit" name="rotate" value="on">
                Save with a new secret
              </button>
            )}
          </div>
        ) : (
          <p class="hint">Only owners can change channels.</p>
        )}
      </form>
    </section>
  )
}

function Kinds({ kind }: { kind: ChannelKind }) {
  return (
    <nav class="choices" aria-label="Kind of channel">
      {CHANNEL_KINDS.map((one) => (
        <a
          href={`/alerts/channels/new?kind=${one}`}
          aria-current={one === kind ? 'page' : undefined}
        >
          {CHANNEL_TITLES[one]}
        </a>
      ))}
    </nav>
  )
}
