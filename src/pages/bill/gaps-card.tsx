import { MoneyCell } from '../money.tsx'
import type { Gap } from '../../billing/report.ts'
import { count } from '../../http/format.ts'
import { gapTime, gapWords, hourUrl, rowsWords } from './words.ts'

/** Where the bill and the ledger differ, and the rows that should explain it. */
export function GapsCard({ gaps, more }: { gaps: readonly Gap[]; more: number }) {
  return (
    <section class="card" aria-labelledby="gaps-title">
      <header>
        <h2 id="gaps-title">Gaps</h2>
      </header>
      {gaps.length === 0 ? (
        <p class="good">Every hour and model agrees.</p>
      ) : (
        <div class="scroll" tabindex={0} role="region" aria-label="Gaps">
          <table class="log">
            <thead>
              <tr>
                <th scope="col">Hour</th>
                <th scope="col">Model</th>
                <th scope="col" class="number rare">
                  Billed
                </th>
                <th scope="col" class="number rare">
                  Ledger
                </th>
                <th scope="col" class="number">
                  Gap
                </th>
                <th scope="col">Rows to check</th>
              </tr>
            </thead>
            <tbody>
              {gaps.map((gap) => (
                <tr>
                  <th scope="row">
                    <a href={hourUrl(gap)}>{gapTime(gap)}</a>
                  </th>
                  <td class="words">{gap.model === '' ? 'no model' : gap.model}</td>
                  <MoneyCell ticks={gap.billed} rare />
                  <MoneyCell ticks={gap.ledger} rare />
                  <td class="number">
                    {gapWords({
                      ...gap,
                      missing: Math.max(gap.gap, 0),
                      surplus: Math.max(-gap.gap, 0),
                    })}
                  </td>
                  <td class="words">{rowsWords(gap)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
      {more > 0 && <p class="hint">{count(more)} smaller gaps are not listed.</p>}
      <p class="hint">
        Check these rows first: estimated (a stream that was cut), lost, deferred (a video or batch
        whose bill has not come) or of unknown cost. Without such rows, this key was used past
        Metrion, or by another account that has the same key.
      </p>
    </section>
  )
}
