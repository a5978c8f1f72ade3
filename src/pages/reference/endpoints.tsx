import { waysOf, type Endpoint } from '../../xai/endpoint.ts'
import { ENDPOINTS } from '../../xai/endpoints.ts'
import { PREFIX } from '../../xai/match.ts'

/** Every endpoint of xAI that Metrion knows: how it is called, and whether it costs something. */
export function EndpointsCard({ origin }: { origin: string }) {
  return (
    <section class="card" aria-labelledby="endpoints">
      <header>
        <h2 id="endpoints">Endpoints of xAI</h2>
      </header>
      <p>
        Served below <code>{`${origin}${PREFIX}/v1/`}</code>.
      </p>
      <div class="scroll" tabindex={0} role="region" aria-label="Endpoints of xAI">
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
  if (asksAfterJob) return 'Metered: brings the bill of earlier work, once'
  return meter || socket ? 'Metered' : 'Free'
}
