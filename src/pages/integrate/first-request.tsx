import type { RequestRow } from '../../reports/requests/store.ts'
import { BASIS, outcomeTitle } from '../logs/words.ts'
import { count, usd } from '../../http/format.ts'
import { Note } from '../../web/layout.tsx'
import { converted, rateWords, type Currency } from '../../http/money.ts'

export interface FirstRequestProps {
  latest: RequestRow | null
  currency: Currency
}

export function FirstRequest({ latest, currency }: FirstRequestProps) {
  if (latest === null) {
    return (
      <section class="card" data-waiting aria-live="polite">
        <div class="waiting">
          <span class="pulse" aria-hidden="true"></span>
          <h2>Waiting for your first request</h2>
        </div>
        <p class="hint" data-needs-script>
          Run the code above. The request appears here automatically.
        </p>
        <noscript>
          <p class="hint">
            Run the code above, then <a href="/integrate">reload this page</a>.
          </p>
        </noscript>
      </section>
    )
  }
  const inCurrency = latest.costTicks === null ? null : converted(latest.costTicks, currency)
  return (
    <section class="card" data-arrived role="status">
      <header>
        <h2>
          {latest.outcome === 'complete'
            ? 'It works: your request arrived'
            : 'Your request arrived'}
        </h2>
        <span class="hint">
          {new Date(latest.atMs).toISOString().replace('T', ' ').slice(0, 19)} UTC
        </span>
      </header>
      <dl class="facts">
        <Fact name="Status" value={`${latest.status} ${outcomeTitle(latest.outcome)}`} />
        <Fact name="Model" value={latest.model ?? latest.requestedModel ?? '–'} />
        <Fact name="Requester" value={latest.label ?? '–'} />
        <Fact name="Input tokens" value={count(latest.inputTokens)} />
        <Fact name="Output tokens" value={count(latest.outputTokens)} />
        <Fact name="Cost" value={latest.costTicks === null ? '–' : usd(latest.costTicks)} />
        <Fact name="Source" value={BASIS[latest.costBasis].title} />
        {inCurrency && <Fact name={`In ${currency.currency}`} value={inCurrency} />}
      </dl>
      {inCurrency && <p class="hint">Converted {rateWords(currency)}.</p>}
      {latest.errorText && <Note kind="bad">{latest.errorText}</Note>}
    </section>
  )
}

function Fact({ name, value }: { name: string; value: string }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{value}</dd>
    </div>
  )
}
