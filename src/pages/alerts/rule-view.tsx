import type { ChannelInfo } from '../../alerts/channels/present.ts'
import { KINDS, type RuleKind, type Unit } from '../../alerts/rules/kinds.ts'
import { Layout, Note, type Notice, type Viewer } from '../../web/layout.tsx'
import { channelField, type RuleFields } from './fields.ts'

export interface RulePageProps {
  viewer: Viewer
  kind: RuleKind
  /** Null: a new one. */
  rule: { id: string; name: string } | null
  fields: RuleFields
  channels: readonly ChannelInfo[]
  tokens: readonly { id: string; name: string }[]
  isOwner: boolean
  notice: Notice | null
}

export function RulePage(props: RulePageProps) {
  const { viewer, kind, rule, isOwner, notice } = props
  const title = rule?.name ?? `New rule: ${KINDS[kind].title}`
  return (
    <Layout title={title} viewer={viewer} path="/alerts">
      <p>
        <a href="/alerts">Alerts</a>
      </p>
      <h1>{title}</h1>
      <p class="lead">{KINDS[kind].about}</p>
      {notice && <Note kind={notice.kind}>{notice.text}</Note>}
      <section class="card" aria-labelledby="form-title">
        <header>
          <h2 id="form-title">{rule ? 'Change this rule' : 'New rule'}</h2>
        </header>
        <form
          class="stack"
          method="post"
          action={rule ? `/alerts/rules/${rule.id}` : `/alerts/rules/new?kind=${kind}`}
        >
          <fieldset class="stack bare" disabled={!isOwner}>
            <label for="rule-name">Name</label>
            <input
              type="text"
              id="rule-name"
              name="name"
              value={props.fields.name}
              required
              maxlength={100}
            />
            <Figures kind={kind} fields={props.fields} />
            <Scope {...props} />
            <Channels {...props} />
          </fieldset>
          {isOwner ? (
            <div class="actions">
              <button type="submit">{rule ? 'Save' : 'Create rule'}</button>
            </div>
          ) : (
            <p class="hint">Only owners can change rules.</p>
          )}
        </form>
      </section>
      {rule && isOwner && (
        <section class="card danger" aria-labelledby="delete-title">
          <header>
            <h2 id="delete-title">Delete this rule</h2>
          </header>
          <form class="stack" method="post" action={`/alerts/rules/${rule.id}/delete`}>
            <p class="hint">What it has sent stays.</p>
            <button class="danger" type="submit">
              Delete {rule.name}
            </button>
          </form>
        </section>
      )}
    </Layout>
  )
}

const UNIT_TITLES: Record<Unit, string> = {
  ticks: 'USD',
  tokens: 'tokens',
  requests: 'requests',
  percent: '%',
  ms: 'ms',
  times: 'times the usual',
  days: 'days',
}

function Figures({ kind, fields }: Pick<RulePageProps, 'kind' | 'fields'>) {
  const { threshold, minimum, hours, isBelow } = KINDS[kind]
  if (threshold === null) return null
  return (
    <>
      <fieldset class="field-row wide-fields">
        <legend>When</legend>
        <label>
          Threshold ({UNIT_TITLES[threshold.unit]})
          <input
            type="text"
            inputmode="decimal"
            name="threshold"
            value={fields.threshold}
            required
          />
        </label>
        {hours && (
          <label>
            Over
            <select name="hours">
              {hours.map((one) => (
                <option value={one} selected={String(one) === fields.hours}>
                  {HOURS_TITLES[one] ?? `${one} hours`}
                </option>
              ))}
            </select>
          </label>
        )}
        {minimum && (
          <label>
            Only from ({UNIT_TITLES[minimum.unit]})
            <input type="text" inputmode="decimal" name="minimum" value={fields.minimum} />
          </label>
        )}
      </fieldset>
      {threshold.unit !== 'days' && (
        <p class="hint">
          {isBelow
            ? 'A warning is sent a little above it, an alert below it.'
            : 'A warning is sent at 90% of the threshold, an alert at 100%.'}
          {minimum && ' With less than the minimum, nothing is told.'}
        </p>
      )}
    </>
  )
}

const HOURS_TITLES: Readonly<Record<number, string>> = {
  1: 'the hour',
  6: '6 hours',
  24: '24 hours',
  168: '7 days',
}

function Scope({ kind, fields, tokens }: Pick<RulePageProps, 'kind' | 'fields' | 'tokens'>) {
  if (!KINDS[kind].isScoped) return null
  return (
    <fieldset class="field-row wide-fields">
      <legend>Applies to</legend>
      <label>
        Requests of
        <select name="scope">
          <option value="account" selected={fields.scope === 'account'}>
            The whole account
          </option>
          <option value="model" selected={fields.scope === 'model'}>
            A model
          </option>
          {tokens.map(({ id, name }) => (
            <option value={`token:${id}`} selected={fields.scope === `token:${id}`}>
              The token {name}
            </option>
          ))}
        </select>
      </label>
      <label>
        Model
        <input type="text" name="model" value={fields.model} placeholder="only for a model" />
      </label>
    </fieldset>
  )
}

function Channels({ fields, channels }: Pick<RulePageProps, 'fields' | 'channels'>) {
  if (channels.length === 0) return null
  return (
    <fieldset class="checks">
      <legend>Channels (none: all)</legend>
      {channels.map(({ id, name }) => (
        <label class="check">
          <input
            type="checkbox"
            name={channelField(id)}
            value="on"
            checked={fields.channels.includes(id)}
          />{' '}
          {name}
        </label>
      ))}
    </fieldset>
  )
}
