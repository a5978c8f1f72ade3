import type { Child } from 'hono/jsx'
import { TOKEN_SCOPES } from '../../credentials/tokens/token.ts'
import { RATE_FIELDS, type LimitFields } from './fields.ts'

interface LimitsProps {
  id: string
  fields: LimitFields
  mayChange: boolean
}

export function LimitsCard({ id, fields, mayChange }: LimitsProps) {
  return (
    <section class="card" aria-labelledby="limits-title">
      <header>
        <h2 id="limits-title">Limits</h2>
      </header>
      <form class="stack" method="post" action={`/tokens/${id}`}>
        <fieldset class="bare stack" disabled={!mayChange}>
          <label for="token-name">Token name</label>
          <input
            type="text"
            id="token-name"
            name="name"
            value={fields.name}
            required
            maxlength={100}
          />
          <div class="field-row">
            <label>
              Scope
              <select name="scope">
                {TOKEN_SCOPES.map((scope) => (
                  <option value={scope} selected={scope === fields.scope}>
                    {scope}
                  </option>
                ))}
              </select>
            </label>
            <label>
              Expires (UTC)
              <input type="datetime-local" name="expires" value={fields.expires} />
            </label>
          </div>
          <label class="check">
            <input type="checkbox" name="disabled" value="on" checked={fields.disabled} />
            Disabled: every request is refused until you enable the token again
          </label>
          <Rates {...fields} />
          <Lists {...fields} />
        </fieldset>
        <p class="hint">
          Changes take effect everywhere within about a minute. An open WebSocket keeps the limits
          that it was opened with.
        </p>
        {mayChange && <button type="submit">Save</button>}
      </form>
    </section>
  )
}

const RATES = {
  requestsPerMinute: 'Requests per minute',
  tokensPerMinute: 'Tokens per minute',
  concurrent: 'Requests at once',
} as const satisfies Record<(typeof RATE_FIELDS)[number], string>

function Rates(fields: LimitFields) {
  return (
    <>
      <fieldset class="field-row">
        <legend>Rate limits</legend>
        {RATE_FIELDS.map((name) => (
          <label>
            {RATES[name]}
            <input
              type="text"
              inputmode="numeric"
              name={name}
              value={fields[name]}
              placeholder="no limit"
            />
          </label>
        ))}
      </fieldset>
      <p class="hint">
        Requests beyond a limit get a 429 with <code>retry-after</code>, on which SDKs try again.
        Tokens are counted when a request has ended. What a token may spend is set under{' '}
        <a href="/limits">Limits</a>.
      </p>
    </>
  )
}

function Lists({ models, endpoints, addresses }: LimitFields) {
  return (
    <>
      <ListField id="models" title="Models" value={models} placeholder={'grok-4.3\ngrok-3-mini*'}>
        One model or pattern a line; <code>*</code> stands for any characters. Requests that name
        another model, or leave the choice to xAI, are refused. <code>tts</code>, <code>stt</code>{' '}
        and <code>documents/search</code> have no model: limit those below. Empty: all models.
      </ListField>
      <ListField
        id="endpoints"
        title="Endpoints"
        value={endpoints}
        placeholder={'chat/completions\nresponses*'}
      >
        As the <a href="/reference#endpoints">reference</a> names them. Empty: all endpoints of the
        scope.
      </ListField>
      <ListField
        id="addresses"
        title="IP addresses"
        value={addresses}
        placeholder={'203.0.113.7\n2001:db8::/32'}
      >
        Addresses or CIDR ranges that requests may come from. Empty: all addresses.
      </ListField>
    </>
  )
}

interface ListFieldProps {
  id: string
  title: string
  value: string
  placeholder: string
  children: Child
}

function ListField({ id, title, value, placeholder, children }: ListFieldProps) {
  return (
    <>
      <label for={id}>{title}</label>
      <textarea
        id={id}
        name={id}
        rows={3}
        placeholder={placeholder}
        spellcheck={false}
        aria-describedby={`${id}-hint`}
      >
        {value}
      </textarea>
      <p class="hint" id={`${id}-hint`}>
        {children}
      </p>
    </>
  )
}
