import { When } from '../../web/when.tsx'
import { Fact } from '../fact.tsx'
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
          <When ms={latest.atMs} fineness="second" />
        </span>
      </header>
      <dl class="facts">
        <Fact name="Status">{`${latest.status} ${outcomeTitle(latest.outcome)}`}</Fact>
        <Fact name="Model">{latest.model ?? latest.requestedModel ?? '–'}</Fact>
        <Fact name="Requester">{latest.label ?? '–'}</Fact>
        <Fact name="Input tokens">{count(latest.inputTokens)}</Fact>
        <Fact name="Output tokens">{count(latest.outputTokens)}</Fact>
        <Fact name="Cost">{latest.costTicks === null ? '–' : usd(latest.costTicks)}</Fact>
        <Fact name="Source">{BASIS[latest.costBasis].title}</Fact>
        {inCurrency && <Fact name={`In ${currency.currency}`}>{inCurrency}</Fact>}
      </dl>
      {inCurrency && <p class="hint">Converted {rateWords(currency)}.</p>}
      {latest.errorText && <Note kind="bad">{latest.errorText}</Note>}
    </section>
  )
}
