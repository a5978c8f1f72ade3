import { bytes, count } from '../../http/format.ts'
import type { Use } from '../../reports/capacity/capacity.ts'
import type { PresentedLedger } from '../../reports/health/ledger.ts'

const SHOWN = 4
const HIGH = 0.8

/** How near a day like the last one comes to the limits of Cloudflare's plan. */
export function Plan({
  uses,
  room: { requestsADay, outputTokensARequest },
}: {
  uses: readonly Use[]
  room: PresentedLedger['room']
}) {
  const [nearest] = uses
  return (
    <section class="card" aria-labelledby="plan-title">
      <header>
        <h2 id="plan-title">Cloudflare plan</h2>
      </header>
      <p class="hint">
        An estimate from the last day: {count(requestsADay)} requests with{' '}
        {count(outputTokensARequest)} output tokens on average, as if each were streamed and
        labelled.
      </p>
      <ul class="rows">
        {uses.slice(0, SHOWN).map((use, at) => (
          <li>
            <label for={`plan-${at}`}>{use.title}</label>
            <span>
              <meter
                id={`plan-${at}`}
                min={0}
                max={1}
                high={HIGH}
                value={Math.min(use.share, 1)}
              ></meter>{' '}
              {amount(use.used, use.unit)} of {amount(use.limit, use.unit)} (
              {Math.round(use.share * 100)}%)
            </span>
          </li>
        ))}
      </ul>
      {nearest && (
        <p class="hint">
          Nearest limit: {nearest.title}. Beyond it: {nearest.beyond}
        </p>
      )}
    </section>
  )
}

const amount = (value: number, unit: string): string => {
  if (unit === 'bytes') return bytes(value)
  return `${unit === 'ms' ? value.toFixed(1) : count(Math.round(value))}${unit === 'ms' ? ' ms' : ''}`
}
