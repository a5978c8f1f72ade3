import { Money } from '../money.tsx'
import { age, count } from '../../http/format.ts'
import { addUp, costOf } from '../../reports/usage/present.ts'
import type { Sums } from '../../reports/usage/sql.ts'
import { Door } from './chart.tsx'
import { logUrl } from './links.ts'
import type { OverviewProps } from './props.ts'
import { drift, signed } from './rates.ts'
import { share } from './tiles.tsx'

/** The cost by source, and what the prompt cache saved. */
export function CostSources({
  total,
  usage,
  outstanding,
  query,
  range,
  nowMs,
}: OverviewProps & { total: Sums }) {
  const cost = costOf(total)
  const part = { query, ...range }
  const parts = [
    ['Reported by xAI', total.reportedTicks, 'reported'],
    ['Computed from complete usage', total.computedTicks, 'computed'],
    ['Estimated for cut answers', total.estimatedTicks, 'estimated'],
  ] as const
  const drifted = drift(total)
  return (
    <section class="card" aria-labelledby="known-title">
      <header>
        <h2 id="known-title">Cost sources</h2>
      </header>
      <dl class="facts">
        {parts.map(([title, ticks, costBasis]) => (
          <div>
            <dt>{title}</dt>
            <dd>
              <Door url={ticks > 0 ? logUrl(part, { costBasis }) : null}>
                <Money ticks={ticks} />
              </Door>{' '}
              <span class="quiet">{share(ticks, cost)}</span>
            </dd>
          </div>
        ))}
        <div>
          <dt>Requests with unknown cost</dt>
          <dd>
            <Door url={total.unknownCosts > 0 ? logUrl(part, { costBasis: 'unknown' }) : null}>
              {count(total.unknownCosts)}
            </Door>
          </dd>
        </div>
        <div>
          <dt>Outstanding bills of videos, batches and deferred answers</dt>
          <dd>
            {count(outstanding.count)}{' '}
            {outstanding.oldestAtMs !== null && (
              <span class="quiet">oldest {age(nowMs - outstanding.oldestAtMs)} ago</span>
            )}
          </dd>
        </div>
        <Saved total={total} cost={cost} before={addUp(usage.before.cells)} />
        <div>
          <dt>Price difference (table against xAI’s bill)</dt>
          <dd>{drifted === null ? '–' : drifted === 0 ? 'none' : signed(drifted)}</dd>
        </div>
      </dl>
    </section>
  )
}

/** What the prompt cache saved, and in the period before: so people see what a change of their sessions has done. */
function Saved({ total, cost, before }: { total: Sums; cost: number; before: Sums }) {
  return (
    <div>
      <dt>Saved by xAI’s prompt cache</dt>
      <dd>
        <Money ticks={total.savedTicks} />{' '}
        <span class="quiet">
          {share(total.savedTicks, cost + total.savedTicks)} of the cost without it;{' '}
          {share(total.cachedTokens, total.inputTokens)} of the input was cached
          {before.inputTokens > 0 && (
            <>
              , before <Money ticks={before.savedTicks} /> and{' '}
              {share(before.cachedTokens, before.inputTokens)}
            </>
          )}
        </span>
      </dd>
    </div>
  )
}
