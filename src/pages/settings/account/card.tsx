import type { Child } from 'hono/jsx'
import { FLAG_NAMES, type FlagName, type Flags } from '../../../credentials/callers/settings.ts'
import { Note } from '../../../web/layout.tsx'
import { CURRENCIES } from '../../../people/accounts/settings/input.ts'

/** The form's fields as text: as they are saved, or as they were typed and refused. */
export interface AccountFields extends Flags {
  name: string
  currency: string
  rate: string
  rateDate: string
  /** One a line. */
  allowedOrigins: string
}

export interface AccountProps {
  fields: AccountFields
  /** Why what was typed is not saved. */
  problem: string | null
  isOwner: boolean
}

/** What each flag means. */
const BOXES: Record<FlagName, { title: string; means: Child }> = {
  keepAlive: {
    title: 'Keep silent streams alive',
    means: (
      <>
        Grok may think for minutes. After 15 seconds of silence a stream gets a comment, which SDKs
        skip and impatient networks take for a sign of life.
      </>
    ),
  },
  lowLatency: {
    title: 'Pass on every event of a stream at once',
    means: (
      <>
        Where the usage has to be hidden, events of a long stream may wait for each other: up to a
        second on the Free plan, up to 50 ms on a busy Paid one. Passing each on at once costs about
        ten times the CPU; a request alone asks for it with the header{' '}
        <code>x-metrion-latency: low</code>. With <code>include_usage</code> nothing waits from the
        first word of the answer on.
      </>
    ),
  },
  clientSecrets: {
    title: 'Allow realtime client secrets',
    means: (
      <>
        With such a secret a browser speaks to xAI directly: what it spends is on your bill, and not
        in this ledger.
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
        <label for="account-name">Name of the account</label>
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
        <OriginsField fields={fields} isOwner={isOwner} />
        {isOwner ? (
          <button type="submit">Save</button>
        ) : (
          <p class="hint">Owners change these settings.</p>
        )}
      </form>
    </section>
  )
}

type FieldsProps = Pick<AccountProps, 'fields' | 'isOwner'>

function CurrencyFields({ fields, isOwner }: FieldsProps) {
  return (
    <>
      <fieldset class="field-row" disabled={!isOwner}>
        <legend>Show money also in</legend>
        <label>
          Currency
          <select name="currency">
            {CURRENCIES.map((currency) => (
              <option value={currency} selected={currency === fields.currency}>
                {currency === 'USD' ? 'USD alone' : currency}
              </option>
            ))}
          </select>
        </label>
        <label>
          Rate: units for 1 USD
          <input
            type="text"
            name="rate"
            inputmode="decimal"
            value={fields.rate}
            placeholder="0.8642"
          />
        </label>
        <label>
          Day of that rate
          <input type="date" name="rateDate" value={fields.rateDate} />
        </label>
      </fieldset>
      <p class="hint">
        xAI bills in dollars, and the ledger is in dollars. A converted figure always says by which
        rate, of which day.
      </p>
    </>
  )
}

function OriginsField({ fields, isOwner }: FieldsProps) {
  return (
    <>
      <label for="allowed-origins">Web pages that may call (ALLOWED_ORIGINS)</label>
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
        One origin a line, or <code>*</code> for all; empty: no web page may. Whoever opens such a
        page can read the token in it, so give it a token of its own with the scope{' '}
        <code>inference</code>, and replace that token often.
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

/** A setting that is on or off, with what it means. */
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
