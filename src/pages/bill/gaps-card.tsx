import { dollars } from '../../alerts/figures.ts'
import type { Gap } from '../../billing/report.ts'
import { count } from '../../http/format.ts'
import { gapWords, hourUrl, hourWords, rowsWords } from './words.ts'

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
                <th scope="col" class="number">
                  Billed
                </th>
                <th scope="col" class="number">
                  Ledger
                </th>
                <th scope="col" class="number">
                  Gap
                </th>
                <th scope="col">Rows that are not xAI’s own figure</th>
              </tr>
            </thead>
            <tbody>
              {gaps.map((gap) => (
                <tr>
                  <th scope="row">
                    <a href={hourUrl(gap)}>{hourWords(gap.hourMs)}</a>
                  </th>
                  <td>{gap.model === '' ? 'no model' : gap.model}</td>
                  <td class="number">{dollars(gap.billed)}</td>
                  <td class="number">{dollars(gap.ledger)}</td>
                  <td class="number">
                    {gapWords({
                      ...gap,
                      missing: Math.max(gap.gap, 0),
                      surplus: Math.max(-gap.gap, 0),
                    })}
                  </td>
                  <td>{rowsWords(gap)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
      {more > 0 && <p class="hint">{count(more)} smaller gaps are not listed.</p>}
      <p class="hint">
        A gap should be where rows are estimated (a stream that was cut), lost, deferred (a video or
        batch whose bill has not come) or of unknown cost. A gap without such rows is spending with
        this key past Metrion.
      </p>
    </section>
  )
}
