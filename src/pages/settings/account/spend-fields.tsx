import type { FieldsProps } from './card.tsx'

const RATES = [
  { name: 'newTokenRequestsPerMinute', title: 'Requests a minute', placeholder: '100' },
  { name: 'newTokenTokensPerMinute', title: 'Tokens a minute', placeholder: 'no limit' },
  { name: 'newTokenConcurrent', title: 'Requests at once', placeholder: 'no limit' },
] as const

/** What budgets and new tokens begin with. */
export function SpendFields({ fields, isOwner }: FieldsProps) {
  return (
    <>
      <label for="time-zone">Time zone of budgets</label>
      <input
        type="text"
        id="time-zone"
        name="timeZone"
        value={fields.timeZone}
        placeholder="UTC"
        disabled={!isOwner}
      />
      <p class="hint">
        An IANA name, such as <code>Europe/Zurich</code>; empty: UTC. Days, weeks and months of{' '}
        <a href="/limits">budgets</a> begin at midnight there. A change counts every running window
        anew.
      </p>
      <fieldset class="field-row" disabled={!isOwner}>
        <legend>Rate limits of new tokens</legend>
        {RATES.map(({ name, title, placeholder }) => (
          <label>
            {title}
            <input
              type="text"
              inputmode="numeric"
              name={name}
              value={fields[name]}
              placeholder={placeholder}
            />
          </label>
        ))}
      </fieldset>
      <p class="hint">
        Empty: no limit. 100 requests a minute let people and most applications work, and stop a
        loop. Tokens that exist keep theirs; change those on the page of the token.
      </p>
    </>
  )
}
