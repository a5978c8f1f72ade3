import { Layout, type Viewer } from '../../web/layout.tsx'
import { parametersOf } from './document.ts'
import { EndpointsCard } from './endpoints.tsx'
import { ShapeCard } from './shapes.tsx'
import type { MemberOperation } from './member-operation.ts'
import { MEMBER_OPERATIONS, MEMBER_SHAPES } from './member-operations.ts'
import { NAMED, OPERATIONS, type Operation } from './operations.ts'
import { typeOf } from './words.ts'

export function ReferencePage({ viewer, origin }: { viewer: Viewer; origin: string }) {
  const base = `${origin}/api/v1`
  return (
    <Layout title="API reference" viewer={viewer} path="/reference">
      <h1>API reference</h1>
      <p class="lead">
        All data of these pages as JSON. Times are in ISO 8601. Amounts are in ticks (1 USD =
        10,000,000,000 ticks) and as decimal USD.
      </p>
      <section class="card" aria-labelledby="start-title">
        <header>
          <h2 id="start-title">Getting started</h2>
          <a href="/api/v1/openapi.json">OpenAPI 3.1 document</a>
        </header>
        <p>
          Create a read-only token under <a href="/settings/tokens#api-tokens-title">API tokens</a>,
          and send it with each request:
        </p>
        <pre tabindex={0}>
          <code>{`curl -H "Authorization: Bearer mk-metrion-…" \\\n  "${base}/usage?from=2026-11-01T00:00:00Z&groupBy=model"`}</code>
        </pre>
        <p>
          Invalid and unknown parameters return 400 with the name of the parameter. Errors have the
          shape <a href="#Error">Error</a>.
        </p>
        <Contents />
      </section>
      <EndpointsCard origin={origin} />
      {OPERATIONS.map((operation) => (
        <OperationCard operation={operation} />
      ))}
      {MEMBER_OPERATIONS.map((operation) => (
        <MemberOperationCard operation={operation} />
      ))}
      {[...Object.keys(NAMED), ...Object.keys(MEMBER_SHAPES), 'Error'].map((name) => (
        <ShapeCard name={name} />
      ))}
    </Layout>
  )
}

function Contents() {
  return (
    <ul>
      <li>
        <a href="#endpoints">xAI endpoints</a> that Metrion serves
      </li>
      {OPERATIONS.map(({ id, path, summary }) => (
        <li>
          <a href={`#${id}`}>
            <code>{path}</code>
          </a>{' '}
          {summary}
        </li>
      ))}
      {MEMBER_OPERATIONS.map(({ id, method, path, summary }) => (
        <li>
          <a href={`#${id}`}>
            <code>
              {method.toUpperCase()} {path}
            </code>
          </a>{' '}
          {summary}
        </li>
      ))}
    </ul>
  )
}

function OperationCard({ operation }: { operation: Operation }) {
  const { id, path, summary, description, scope, answer } = operation
  const parameters = parametersOf(operation)
  const shape = 'schema' in answer ? nameOf(answer.schema) : null
  return (
    <section class="card" aria-labelledby={id}>
      <header>
        <h2 id={id}>{summary}</h2>
        <span class="tag">{scope}</span>
      </header>
      <p>
        <code>GET /api/v1{path}</code>
      </p>
      <p>{description}</p>
      <p>Returns {shape ? <a href={`#${shape}`}>{shape}</a> : 'file' in answer && answer.file}.</p>
      <div class="scroll" tabindex={0} role="region" aria-label={`Parameters of ${path}`}>
        <table class="log prose">
          <thead>
            <tr>
              <th scope="col">Parameter</th>
              <th scope="col">Value</th>
            </tr>
          </thead>
          <tbody>
            {parameters.map(({ name, required, schema, description: says }) => (
              <tr>
                <th scope="row">
                  <code>{name}</code>
                </th>
                <td>{[required && 'required', typeOf(schema), says].filter(Boolean).join('; ')}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  )
}

function MemberOperationCard({ operation }: { operation: MemberOperation }) {
  const { id, method, path, summary, description, body, answer } = operation
  return (
    <section class="card" aria-labelledby={id}>
      <header>
        <h2 id={id}>{summary}</h2>
        <span class="tag">signed-in members</span>
      </header>
      <p>
        <code>
          {method.toUpperCase()} /api/v1{path}
        </code>
      </p>
      <p>{description}</p>
      <p>
        {body && (
          <>
            Send <ShapeLink schema={body} /> as JSON.{' '}
          </>
        )}
        {answer ? (
          <>
            Returns <ShapeLink schema={answer} />.
          </>
        ) : (
          'Returns no content.'
        )}
      </p>
    </section>
  )
}

function ShapeLink({ schema }: { schema: object }) {
  const name = nameOf(schema)
  return <a href={`#${name}`}>{name}</a>
}

const nameOf = (schema: object): string | null =>
  Object.entries({ ...NAMED, ...MEMBER_SHAPES }).find(([, named]) => named === schema)?.[0] ?? null
