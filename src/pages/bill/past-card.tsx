import { Money } from '../money.tsx'
import type { Past } from '../../billing/report.ts'

/** What the team spent with other keys than the account's. */
export function PastCard({ past }: { past: Past }) {
  const { ticks, byModel, passThroughTicks } = past
  return (
    <section class="card" aria-labelledby="past-title">
      <header>
        <h2 id="past-title">Spent past Metrion: other keys of the team</h2>
        <strong>
          <Money ticks={ticks} />
        </strong>
      </header>
      {ticks === 0 ? (
        <p class="hint">Nothing was spent with other keys.</p>
      ) : (
        <ul class="rows">
          {byModel.map((one) => (
            <li>
              <span>{one.model === '' ? 'no model' : one.model}</span>
              <span>
                <Money ticks={one.ticks} />
              </span>
            </li>
          ))}
        </ul>
      )}
      {passThroughTicks > 0 && (
        <p class="hint">
          Requests in pass-through mode, with whatever keys, cost <Money ticks={passThroughTicks} />{' '}
          by the ledger. <a href="/logs?mode=pass-through">Show them</a>
        </p>
      )}
    </section>
  )
}
