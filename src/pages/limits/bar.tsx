import { some } from '../../http/format.ts'
import { aboutOf, amountOf } from '../../spend/lease/refusal.ts'
import type { Budget, Meter } from '../../spend/budget.ts'
import type { ValueState } from '../../spend/object/state.ts'
import { logUrl, moment, valueTitle, type Names } from './words.ts'

const FEW = 0.02

/** What the window ends with at this rate. Null: it has only begun, or never ends. */
export function forecastOf({ spent, startMs, endMs }: ValueState, nowMs: number): number | null {
  if (endMs === null || spent === 0) return null
  const share = (nowMs - startMs) / (endMs - startMs)
  return share < FEW ? null : Math.round(spent / share)
}

/** Percent of the limit, at most 100. */
const part = (amount: number, limit: number): number =>
  Math.max(0, Math.min(100, limit === 0 ? 100 : (amount / limit) * 100))

export interface BarProps {
  budget: Budget & { thresholds: readonly number[] }
  state: ValueState
  names: Names
  zone: string
  nowMs: number
}

/** One value's amount as a bar, with what it says in words. */
export function BudgetBar({ budget, state, names, zone, nowMs }: BarProps) {
  const { spent, reserved, leased, limit } = state
  const { thresholds } = budget
  const forecast = forecastOf(state, nowMs)
  const spentPart = part(spent, limit)
  const percent = limit === 0 ? 100 : Math.round((spent / limit) * 100)
  const title = valueTitle(budget.scope, state.value, names)
  const passed = thresholds.filter((threshold) => percent >= threshold)
  const kind = percent >= 100 ? 'over' : passed.length > 0 ? 'near' : 'fine'
  return (
    <div class={`budget-bar ${kind}`}>
      <p class="budget-line">
        <a
          href={logUrl(budget, state.value, {
            from: new Date(Math.max(state.startMs, 0)).toISOString(),
          })}
        >
          {title}
        </a>
        <span>
          <strong>{amountOf(budget.meter, spent)}</strong> of {amountOf(budget.meter, limit)}{' '}
          <span class="quiet">
            ({percent}%{passed.length > 0 && `, past ${passed.at(-1)}%`})
          </span>
        </span>
      </p>
      <svg
        viewBox="0 0 100 8"
        preserveAspectRatio="none"
        role="img"
        aria-label={`${title}: ${percent}% of the limit spent`}
      >
        <rect class="whole" x="0" y="0" width="100" height="8" />
        <rect
          class="reserved"
          x="0"
          y="0"
          width={part(spent + reserved + leased, limit)}
          height="8"
        />
        <rect class="spent" x="0" y="0" width={spentPart} height="8" />
        {thresholds
          .filter((threshold) => threshold < 100)
          .map((threshold) => (
            <rect class="threshold" x={threshold} y="0" width="0.25" height="8" />
          ))}
        {forecast !== null && forecast < limit && (
          <rect class="forecast" x={part(forecast, limit)} y="0" width="0.5" height="8" />
        )}
      </svg>
      <Facts {...{ budget, state, zone, nowMs, forecast }} />
    </div>
  )
}

type FactsProps = Pick<BarProps, 'budget' | 'state' | 'zone'> & { forecast: number | null }

function Facts({ budget, state, zone, forecast }: FactsProps) {
  const { spent, reserved, leased, unaccounted, limit, endMs, running } = state
  const amount = (value: number): string => amountOf(budget.meter, value)
  const words = [
    reserved > 0 && `${amount(reserved)} reserved for ${some(running, 'running request')}`,
    leased > 0 && `${amount(leased)} in leases`,
    unaccounted > 0 && `of that ${amount(unaccounted)} unaccounted for`,
    forecast !== null && `at this rate ${aboutOf(budget.meter, forecast)} by the end`,
    endMs === null ? 'does not reset' : `resets ${moment(endMs, zone)}`,
  ]
  const [first = '', ...others] = words.filter((word) => typeof word === 'string')
  return (
    <p class="hint">
      {[first.charAt(0).toUpperCase() + first.slice(1), ...others].join('; ')}.{' '}
      {budget.action !== 'warn' && <Bound state={state} meter={budget.meter} />}
      {spent > limit && <strong class="bad">Exceeded by {amount(spent - limit)}.</strong>}
    </p>
  )
}

function Bound({ state, meter }: { state: ValueState; meter: Meter }) {
  const { mostOver, mostRunning, spent, limit } = state
  if (mostOver === 0) return <>Could not have been exceeded in this window.</>
  const really = spent > limit ? '' : '; it was not'
  return (
    <>
      Could have been exceeded by at most {aboutOf(meter, mostOver)}: {some(mostRunning, 'request')}{' '}
      {mostRunning === 1 ? 'was' : 'were'} running
      {really}.{' '}
    </>
  )
}
