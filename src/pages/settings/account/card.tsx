import type { Child } from 'hono/jsx'
import { FLAG_NAMES, type FlagName, type Flags } from '../../../credentials/callers/settings.ts'
import { Note } from '../../../web/layout.tsx'
import { SpendFields } from './spend-fields.tsx'
import { CURRENCIES } from '../../../people/accounts/settings-input.ts'

/** The form's fields as text: the saved values, or the rejected input. */
export interface AccountFields extends Flags {
  name: string
  currency: string
  rate: string
  rateDate: string
  /** One per line. */
  allowedOrigins: string
  /** IANA; empty: UTC. */
  timeZone: string
  /** Empty: no limit. */
  newTokenRequestsPerMinute: string
  newTokenTokensPerMinute: string
  newTokenConcurrent: string
}

export interface AccountProps {
  fields: AccountFields
  /** The reason why the input was not saved. */
  problem: string | null
  isOwner: boolean
}

/** The title and explanation of each flag. */
const BOXES: Record<FlagName, { title: string; means: Child }> = {
  keepAlive: {
    title: 'Keep idle streams open',
    means: (
      <>
        Grok may think for minutes. If a stream is silent for 15 seconds, Metrion sends an SSE
        comment to keep the connection open. SDKs ignore it.
      </>
    ),
  },
  lowLatency: {
    title: 'Forward every stream event immediately',
    means: (
      <>
        When Metrion has to hide the usage event, it forwards the events of a long stream in
        batches, with pauses of up to one second on the Free plan, and up to 50 ms on the Paid plan
        under load. Forwarding each event immediately costs about ten times the CPU. To do so for a
        single request, send the header <code>x-metrion-latency: low</code>. With{' '}
        <code>include_usage</code>, nothing is held back once the text of the answer has begun.
      </>
    ),
  },
  cacheAffinity: {
    title: 'Keep sessions on one xAI server',
    means: (
      <>
        xAI caches prompts per server. For a request with <code>x-metrion-session</code> and without{' '}
        <code>x-grok-conv-id</code>, Metrion sends an <code>x-grok-conv-id</code> derived from the
        session, so that later requests find the cache. xAI does not see the session’s name.
      </>
    ),
  },
  clientSecrets: {
    title: 'Allow realtime client secrets',
    means: (
      <>
        With a client secret, a browser connects to xAI directly. xAI bills you for it, but it is
        not in this ledger.
      </>
    ),
  },
  traces: {
    title: 'Send traces',
    means: (
      <>
        Each request is sent as a span to the collector under{' '}
        <a href="/settings/data#traces">Traces</a>, within about five minutes.
      </>
    ),
  },
}

export function AccountCard({ fields, problem, isOwner }: AccountProps) {
  return (
    <section class="card" aria-labelledby="account-title" id="account">
      <header>
        <h2 id="account-title">Account</h2>
      </header>
      {problem && <Note kind="bad">{problem}</Note>}
      <form class="stack" method="post" action="/settings/account">
        <label for="account-name">Account name</label>
        <input
          type="text"
          id="account-name"
          name="name"
          value={fields.name}
          required
          maxlength={100}
          disabled={!isOwner}
        />
        <CurrencyFields fields={fields} isOwner={isOwner} />
        {FLAG_NAMES.map((name) => (
          <Box name={name} isOn={fields[name]} isOwner={isOwner} title={BOXES[name].title}>
            {BOXES[name].means}
          </Box>
        ))}
        <SpendFields fields={fields} isOwner={isOwner} />
        <OriginsField fields={fields} isOwner={isOwner} />
        {isOwner ? (
          <button type="submit">Save</button>
        ) : (
          <p class="hint">Only owners can change these settings.</p>
        )}
      </form>
    </section>
  )
}

export type FieldsProps = Pick<AccountProps, 'fields' | 'isOwner'>

function CurrencyFields({ fields, isOwner }: FieldsProps) {
  return (
    <>
      <fieldset class="field-row" disabled={!isOwner}>
        <legend>Second currency for amounts</legend>
        <label>
          Currency
          <select name="currency">
            {CURRENCIES.map((currency) => (
              <option value={currency} selected={currency === fields.currency}>
                {currency === 'USD' ? 'USD only' : currency}
              </option>
            ))}
          </select>
        </label>
        <label>
          Rate (units per 1 USD)
          <input
            type="text"
            name="rate"
            inputmode="decimal"
            value={fields.rate}
            placeholder="0.8642"
          />
        </label>
        <label>
          Rate date
          <input type="date" name="rateDate" value={fields.rateDate} />
        </label>
      </fieldset>
      <p class="hint">
        xAI bills in USD, and the ledger is in USD. Converted amounts always state the rate and its
        date.
      </p>
    </>
  )
}

function OriginsField({ fields, isOwner }: FieldsProps) {
  return (
    <>
      <label for="allowed-origins">Allowed origins of web pages (ALLOWED_ORIGINS)</label>
      <textarea
        id="allowed-origins"
        name="allowedOrigins"
        rows={2}
        placeholder="https://app.example.com"
        spellcheck={false}
        disabled={!isOwner}
      >
        {fields.allowedOrigins}
      </textarea>
      <p class="hint">
        One origin per line, or <code>*</code> for all. If empty, no web page can use the proxy.
        Anyone who opens such a page can read the token in it, so use a separate token with the
        scope <code>inference</code>, and replace it often.
      </p>
    </>
  )
}

interface BoxProps {
  name: string
  isOn: boolean
  isOwner: boolean
  title: string
  children: Child
}

/** A checkbox with its explanation. */
function Box({ name, isOn, isOwner, title, children }: BoxProps) {
  return (
    <>
      <label class="check">
        <input type="checkbox" name={name} value="on" checked={isOn} disabled={!isOwner} />
        {title}
      </label>
      <p class="hint">{children}</p>
    </>
  )
}
