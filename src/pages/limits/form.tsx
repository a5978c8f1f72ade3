import { ACTIONS, METERS, SCOPES, WHEN_UNAVAILABLE, WINDOWS } from '../../spend/budget.ts'
import { Choice } from './choice.tsx'
import type { BudgetFields } from './fields.ts'
import {
  ACTION_TITLES,
  METER_TITLES,
  SCOPE_TITLES,
  UNAVAILABLE_TITLES,
  WINDOW_TITLES,
} from './words.ts'

export interface FormProps {
  action: string
  fields: BudgetFields
  tokens: readonly { id: string; name: string }[]
  isOwner: boolean
  zone: string
  /** The word on the button. */
  save: string
}

/** A form that explains what each part of a budget does. */
export function BudgetForm({ action, fields, tokens, isOwner, zone, save }: FormProps) {
  return (
    <form class="stack" method="post" action={action}>
      <label for="budget-name">Name</label>
      <input
        type="text"
        id="budget-name"
        name="name"
        value={fields.name}
        required
        maxlength={100}
        placeholder="Monthly spend"
        disabled={!isOwner}
      />
      <LimitFields {...{ fields, isOwner, zone }} />
      <ScopeFields {...{ fields, tokens, isOwner }} />
      <ActionFields {...{ fields, isOwner }} />
      <More {...{ fields, isOwner }} />
      {isOwner ? (
        <div class="actions">
          <button type="submit">{save}</button>
          <button class="plain" type="submit" name="preview" value="on">
            Preview on last month
          </button>
        </div>
      ) : (
        <p class="hint">Only owners can change budgets.</p>
      )}
    </form>
  )
}

function LimitFields({ fields, isOwner, zone }: Pick<FormProps, 'fields' | 'isOwner' | 'zone'>) {
  return (
    <>
      <fieldset class="field-row wide-fields" disabled={!isOwner}>
        <legend>Limit</legend>
        <Choice
          name="meter"
          title="What is counted"
          value={fields.meter}
          values={METERS}
          titles={METER_TITLES}
        />
        <label>
          Limit
          <input
            type="text"
            inputmode="decimal"
            name="limit"
            value={fields.limit}
            required
            placeholder="10.00"
          />
        </label>
        <Choice
          name="window"
          title="Window"
          value={fields.window}
          values={WINDOWS}
          titles={WINDOW_TITLES}
        />
      </fieldset>
      <p class="hint">
        Costs in USD, the others as whole numbers. Windows follow the calendar of {zone}; an owner
        changes the time zone under <a href="/settings#account">Settings</a>. What the ledger
        already has of the running window counts.
      </p>
    </>
  )
}

function ActionFields({ fields, isOwner }: Pick<FormProps, 'fields' | 'isOwner'>) {
  return (
    <>
      <fieldset class="field-row wide-fields" disabled={!isOwner}>
        <legend>At the limit</legend>
        <Choice
          name="action"
          title="Action"
          value={fields.action}
          values={ACTIONS}
          titles={ACTION_TITLES}
        />
        <Choice
          name="whenUnavailable"
          title="If the budget cannot be checked"
          value={fields.whenUnavailable}
          values={WHEN_UNAVAILABLE}
          titles={UNAVAILABLE_TITLES}
        />
      </fieldset>
      <p class="hint">
        A refused request gets 402 for costs, on which no SDK tries again, and 429 for tokens and
        requests. A stopped stream ends with an error that says why; what it had sent stays.
      </p>
    </>
  )
}

function ScopeFields({
  fields,
  tokens,
  isOwner,
}: Pick<FormProps, 'fields' | 'tokens' | 'isOwner'>) {
  return (
    <>
      <fieldset class="field-row wide-fields" disabled={!isOwner}>
        <legend>Applies to</legend>
        <Choice
          name="scope"
          title="Scope"
          value={fields.scope}
          values={SCOPES}
          titles={SCOPE_TITLES}
        />
        <label>
          Which one
          <select name="which">
            <option value="each" selected={fields.which === 'each'}>
              Each one has this limit
            </option>
            <option value="one" selected={fields.which === 'one'}>
              Only this one
            </option>
          </select>
        </label>
        <label>
          Value
          <input
            type="text"
            name="value"
            value={fields.value}
            list="budget-tokens"
            placeholder="only for one"
          />
        </label>
      </fieldset>
      <datalist id="budget-tokens">
        {tokens.map(({ id, name }) => (
          <option value={id}>{name}</option>
        ))}
      </datalist>
      <p class="hint">
        The value is the id of a token, a requester or a model; empty with the scope requester:
        requests without a requester. For the whole account, leave it empty.
      </p>
    </>
  )
}

function More({ fields, isOwner }: Pick<FormProps, 'fields' | 'isOwner'>) {
  return (
    <details open={fields.increaseBy !== '' || fields.thresholds !== '90, 100'}>
      <summary>Thresholds and a temporary increase</summary>
      <fieldset class="field-row wide-fields" disabled={!isOwner}>
        <label>
          Thresholds (%)
          <input type="text" name="thresholds" value={fields.thresholds} />
        </label>
        <label>
          Increase by
          <input
            type="text"
            inputmode="decimal"
            name="increaseBy"
            value={fields.increaseBy}
            placeholder="none"
          />
        </label>
        <label>
          Until (UTC)
          <input type="datetime-local" name="increaseUntil" value={fields.increaseUntil} />
        </label>
      </fieldset>
      <p class="hint">The limit is higher until then, and falls back by itself.</p>
    </details>
  )
}
