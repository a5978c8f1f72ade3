import { Fact } from '../fact.tsx'
import { count, spaced, usd } from '../../http/format.ts'
import { Layout, Note } from '../../web/layout.tsx'
import { converted, rateWords, type Currency } from '../../http/money.ts'
import type { PresentedRequest } from '../../reports/requests/present.ts'
import type { RequestPageProps } from './props.ts'
import { RequestNotes } from './request-notes.tsx'
import { Cost, duration, StatusBadge } from './cells.tsx'
import { Facts } from './facts-card.tsx'
import { BASIS } from './words.ts'
import { When } from '../../web/when.tsx'

/** All data of one request. */
export function RequestPage(props: RequestPageProps) {
  const { viewer, request, zone, currency } = props
  return (
    <Layout title="Request" viewer={viewer} path="/logs">
      <p>
        <a href="/logs">All requests</a>
      </p>
      <h1>
        {request.model ?? request.requestedModel ?? request.endpoint}{' '}
        <StatusBadge request={request} />
      </h1>
      <p class="lead" data-zoned>
        <When ms={Date.parse(request.at)} zone={zone} fineness="second" /> · {request.endpoint}
      </p>
      {request.errorText && (
        <Note kind="bad">
          {request.errorCode && <strong>{request.errorCode}: </strong>}
          {request.errorText}
        </Note>
      )}
      <RequestNotes {...props} />
      <Timeline request={request} />
      <CostCard request={request} currency={currency} />
      <Facts request={request} />
    </Layout>
  )
}

function CostCard({ request, currency }: { request: PresentedRequest; currency: Currency }) {
  const inCurrency = request.costTicks === null ? null : converted(request.costTicks, currency)
  return (
    <section class="card" aria-labelledby="cost-title">
      <header>
        <h2 id="cost-title">Usage and cost</h2>
      </header>
      <dl class="facts">
        <Fact name="Cost">
          <Cost request={request} isExact />
        </Fact>
        <Fact name="Source">{BASIS[request.costBasis].title}</Fact>
        {request.costBasis === 'reported' && request.computedTicks !== null && (
          <Fact name="Cost by the price table">{usd(request.computedTicks)}</Fact>
        )}
        {request.savedTicks !== null && request.savedTicks > 0 && (
          <Fact name="Saved by xAI’s prompt cache">{usd(request.savedTicks)}</Fact>
        )}
        {inCurrency && <Fact name={`In ${currency.currency}`}>{inCurrency}</Fact>}
        <Fact name="Input tokens">{count(request.inputTokens)}</Fact>
        <Fact name="of which cached">{count(request.cachedTokens)}</Fact>
        <Fact name="Output tokens">{count(request.outputTokens)}</Fact>
        <Fact name="of which reasoning">{count(request.reasoningTokens)}</Fact>
        {Object.entries(request.toolCalls ?? {}).map(([tool, calls]) => (
          <Fact name={spaced(tool)}>{count(calls)}</Fact>
        ))}
      </dl>
      <p class="hint sentence">
        {BASIS[request.costBasis].means}.{inCurrency && ` Converted ${rateWords(currency)}.`}
      </p>
    </section>
  )
}

interface Span {
  name: string
  ms: number
  tone: string
}

/** The phases of the request, in order. */
function spansOf(request: PresentedRequest): Span[] {
  const { overheadMs, firstByteMs, totalMs, streamed } = request
  const answeredMs = firstByteMs ?? totalMs
  return [
    { name: 'Metrion', ms: overheadMs, tone: 'own' },
    { name: 'Waiting for the first byte', ms: Math.max(answeredMs - overheadMs, 0), tone: 'wait' },
    {
      name: streamed ? 'Streaming' : 'Receiving',
      ms: Math.max(totalMs - answeredMs, 0),
      tone: 'flow',
    },
  ]
}

function Timeline({ request }: { request: PresentedRequest }) {
  const spans = spansOf(request)
  const total = Math.max(
    spans.reduce((sum, { ms }) => sum + ms, 0),
    1,
  )
  const startOf = (index: number): number =>
    spans.slice(0, index).reduce((sum, { ms }) => sum + ms, 0)
  const share = (ms: number): string => `${(ms / total) * 100}%`
  return (
    <section class="card" aria-labelledby="time-title">
      <header>
        <h2 id="time-title">Timing</h2>
        <span class="hint">{duration(request.totalMs)} in total</span>
      </header>
      {request.outcome === 'lost' ? (
        <p>The Worker stopped during the answer, so the end of this request is unknown.</p>
      ) : (
        <>
          <svg class="timeline" width="100%" height="14" aria-hidden="true">
            {spans.map(({ ms, tone }, index) => (
              <rect class={tone} x={share(startOf(index))} width={share(ms)} height="14" />
            ))}
          </svg>
          <dl class="facts">
            {spans.map(({ name, ms, tone }) => (
              <div class={`span ${tone}`}>
                <dt>{name}</dt>
                <dd>{duration(ms)}</dd>
              </div>
            ))}
          </dl>
        </>
      )}
    </section>
  )
}
