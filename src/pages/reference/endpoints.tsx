import { waysOf, type Endpoint } from '../../xai/endpoint.ts'
import { ENDPOINTS } from '../../xai/endpoints.ts'
import { PREFIX } from '../../xai/match.ts'

/** The xAI endpoints that Metrion knows, with their methods and billing. */
export function EndpointsCard({ origin }: { origin: string }) {
  return (
    <section class="card" aria-labelledby="endpoints">
      <header>
        <h2 id="endpoints">xAI endpoints</h2>
      </header>
      <p>
        Served under <code>{`${origin}${PREFIX}/v1/`}</code>.
      </p>
      <div class="scroll" tabindex={0} role="region" aria-label="xAI endpoints">
        <table class="log prose">
          <thead>
            <tr>
              <th scope="col">Endpoint</th>
              <th scope="col">Methods</th>
              <th scope="col">Billing</th>
            </tr>
          </thead>
          <tbody>
            {Object.entries<Endpoint>(ENDPOINTS).map(([key, endpoint]) => (
              <tr>
                <th scope="row">
                  <code>{key.replace(/^[A-Z]+ /, '')}</code>
                </th>
                <td>{waysOf(endpoint).join(', ')}</td>
                <td>{billingOf(endpoint)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  )
}

function billingOf({ refusal, meter, socket, asksAfterJob }: Endpoint): string {
  if (refusal !== null) return `Not served: ${refusal}`
  if (asksAfterJob) return 'Metered: has the bill of an async job, once'
  return meter || socket ? 'Metered' : 'Free'
}
