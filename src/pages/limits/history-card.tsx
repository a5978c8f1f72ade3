import type { BudgetInfo } from '../../spend/budgets/store.ts'
import { aboutOf, amountOf } from '../../spend/lease/refusal.ts'
import type { OfBudget } from './detail-view.tsx'
import { valueTitle } from './words.ts'
import { When } from '../../web/when.tsx'

/** A budget's last windows by the ledger, and by how much each could have been exceeded. */
export function HistoryCard({ budget, history, state, names, zone }: OfBudget) {
  const bounds = new Map(state?.before.map(({ startMs, ...bound }) => [startMs, bound]))
  const running = state?.values.toSorted((one, other) => other.mostOver - one.mostOver)[0]
  const boundOf = (startMs: number) => bounds.get(startMs) ?? running ?? null
  const amount = (value: number): string => amountOf(budget.meter, value)
  const isMany = budget.value === null && budget.scope !== 'account'
  return (
    <section class="card" aria-labelledby="history-title">
      <header>
        <h2 id="history-title">Last {history.length} windows</h2>
        <span class="hint">by the ledger, in {zone}</span>
      </header>
      <div class="scroll" tabindex={0} role="region" aria-label="Last windows">
        <table class="log">
          <thead>
            <tr>
              <th scope="col">Window from</th>
              <th scope="col" class="number">
                {isMany ? `Largest ${budget.scope}` : 'Used'}
              </th>
              <th scope="col" class="number">
                Of the limit
              </th>
              {isMany && (
                <th scope="col" class="number rare">
                  All together
                </th>
              )}
              <th scope="col" class="number words">
                Could be exceeded
              </th>
            </tr>
          </thead>
          <tbody>
            {history.map(({ period, value, most, total }) => (
              <tr>
                <th scope="row">
                  <Begin ms={period.startMs} zone={zone} />
                </th>
                <td class="number">
                  {amount(most)}{' '}
                  {isMany && most > 0 && (
                    <span class="quiet">{valueTitle(budget.scope, value, names)}</span>
                  )}
                </td>
                <td class="number">
                  {budget.limit === 0 ? '–' : `${Math.round((most / budget.limit) * 100)}%`}
                </td>
                {isMany && <td class="number rare">{amount(total)}</td>}
                <td class="number words">{boundWords(budget, boundOf(period.startMs))}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  )
}

/** By how much a window could have been exceeded, and with how many requests running. */
function boundWords(
  { meter }: BudgetInfo,
  bound: { mostOver: number; mostRunning: number } | null,
): string {
  if (bound === null || bound.mostOver === 0) return 'no'
  return `by ${aboutOf(meter, bound.mostOver)}, ${bound.mostRunning} running`
}

function Begin({ ms, zone }: { ms: number; zone: string }) {
  return ms === 0 ? <>the beginning</> : <When ms={ms} zone={zone} />
}
