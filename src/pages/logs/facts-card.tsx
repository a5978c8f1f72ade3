import { Fact } from '../fact.tsx'
import { count } from '../../http/format.ts'
import type { PresentedRequest } from '../../reports/requests/present.ts'
import { tagFilter } from '../../reports/requests/filter.ts'
import { sessionUrl } from '../sessions/words.ts'
import { logOf, outcomeTitle } from './words.ts'

/** What a request was, and what it belongs to. */
export function Facts({ request }: { request: PresentedRequest }) {
  return (
    <section class="card" aria-labelledby="about-title">
      <header>
        <h2 id="about-title">Details</h2>
      </header>
      <dl class="facts">
        <Fact name="Requester">
          <a href={logOf('requester', request.requester)}>{request.requester ?? 'none'}</a>
        </Fact>
        <Fact name="Token">
          <a href={logOf('token', request.token.id)}>{request.token.name ?? request.token.id}</a>
        </Fact>
        {request.session !== null && (
          <Fact name="Session">
            <a href={sessionUrl(request.session)}>{request.session}</a>
          </Fact>
        )}
        {Object.entries(request.tags ?? {}).map(([name, value]) => (
          <Fact name={name}>
            <a href={logOf('tag', tagFilter(name, value))}>{value === '' ? 'set' : value}</a>
          </Fact>
        ))}
        <Fact name="Mode">{request.mode}</Fact>
        <Fact name="Requested model">{request.requestedModel ?? '–'}</Fact>
        <Fact name="Answering model">
          {request.model === null ? (
            '–'
          ) : (
            <a href={logOf('model', request.model)}>{request.model}</a>
          )}
        </Fact>
        <Fact name="Streamed">{request.streamed ? 'yes' : 'no'}</Fact>
        <Fact name="Outcome">
          <a href={logOf('outcome', request.outcome)}>{outcomeTitle(request.outcome)}</a>
        </Fact>
        {request.errorCode && (
          <Fact name="Error code">
            <a href={logOf('errorCode', request.errorCode)}>{request.errorCode}</a>
          </Fact>
        )}
        {request.times > 1 && (
          <Fact name="Represents">
            {count(request.times)} requests rejected within one minute; this was the first
          </Fact>
        )}
        <Fact name="Cloudflare location">{request.colo ?? '–'}</Fact>
      </dl>
      <Ids request={request} />
    </section>
  )
}

function Ids({ request }: { request: PresentedRequest }) {
  return (
    <dl class="facts ids">
      <Fact name="Request ID (x-metrion-request-id)">
        <Copied id="request-id" text={request.id} />
      </Fact>
      {request.upstreamRequestId && (
        <Fact name="xAI’s request ID, for its support">
          <Copied id="upstream-id" text={request.upstreamRequestId} />
        </Fact>
      )}
      {request.responseId && (
        <Fact name="Response ID">
          <Copied id="response-id" text={request.responseId} />
        </Fact>
      )}
    </dl>
  )
}

function Copied({ id, text }: { id: string; text: string }) {
  return (
    <span class="secret">
      <code id={id}>{text}</code>
      <button class="plain" type="button" data-copy={id} data-needs-script>
        Copy
      </button>
    </span>
  )
}
