import type { TraceTarget } from '../../exports/otlp/target-store.ts'
import { count } from '../../http/format.ts'
import { When } from '../../web/when.tsx'

export interface TracesProps {
  target: TraceTarget | null
  isOwner: boolean
  /** The reason why the target that was sent was not saved, and its URL. */
  refused: { problem: string; url: string } | null
}

/** Where the account's requests are sent as traces. */
export function TracesCard({ target, isOwner, refused }: TracesProps) {
  return (
    <section class="card" id="traces" aria-labelledby="traces-title">
      <header>
        <h2 id="traces-title">Traces</h2>
      </header>
      <p class="hint">
        Sends each request as a span to an OpenTelemetry collector (OTLP over HTTP, JSON), with the
        GenAI attributes: model, tokens, cost, status. A caller’s <code>traceparent</code> header
        makes it a part of the caller’s trace; nobody else gets that header. Prompts and answers are
        never sent.
      </p>
      {target && <State target={target} />}
      {refused && (
        <p class="note bad" role="alert">
          {refused.problem}
        </p>
      )}
      {isOwner ? (
        <Form target={target} url={refused?.url ?? ''} />
      ) : (
        <p class="hint">Only owners can change it.</p>
      )}
    </section>
  )
}

function State({ target }: { target: TraceTarget }) {
  const { shown, savedAtMs, sent, dropped, lastError, lastTriedAtMs } = target
  return (
    <p>
      To <code>{shown}</code> since <When ms={savedAtMs} />: {count(sent)} sent
      {dropped > 0 && `, ${count(dropped)} not taken (spans are not sent again)`}.
      {lastError !== null && lastTriedAtMs !== null && (
        <span class="bad">
          {' '}
          The last attempt (<When ms={lastTriedAtMs} />) failed: {lastError}.
        </span>
      )}
    </p>
  )
}

function Form({ target, url }: { target: TraceTarget | null; url: string }) {
  return (
    <>
      <details open={target === null || url !== ''}>
        <summary>{target ? 'Change the collector' : 'Send traces to a collector'}</summary>
        <form class="stack" method="post" action="/settings/traces">
          <label for="traces-url">URL of the collector</label>
          <input
            type="url"
            id="traces-url"
            name="url"
            value={url}
            required
            placeholder="https://collector.example.org/v1/traces"
          />
          <label for="traces-headers">Headers, one a line</label>
          <textarea
            id="traces-headers"
            name="headers"
            rows={2}
            spellcheck={false}
            autocomplete="off"
            placeholder="Authorization: Bearer …"
          ></textarea>
          <p class="hint">Both are stored encrypted, and not shown again.</p>
          <button type="submit">Save and begin to send</button>
        </form>
      </details>
      {target && (
        <form method="post" action="/settings/traces/delete">
          <button class="danger" type="submit">
            Stop sending traces
          </button>
        </form>
      )}
    </>
  )
}
