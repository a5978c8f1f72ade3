import { KINDS, RULE_KINDS } from '../../alerts/rules/kinds.ts'
import { Layout, type Viewer } from '../../web/layout.tsx'

/** The list of kinds, of which a new rule is one. */
export function KindsPage({ viewer }: { viewer: Viewer }) {
  return (
    <Layout title="New rule" viewer={viewer} path="/alerts">
      <p>
        <a href="/alerts">Alerts</a>
      </p>
      <h1>New rule</h1>
      <p class="lead">Choose what the rule watches.</p>
      <section class="card" aria-label="Kinds of rules">
        <ul class="rows">
          {RULE_KINDS.map((kind) => (
            <li>
              <div>
                <a href={`/alerts/rules/new?kind=${kind}`}>
                  <strong>{KINDS[kind].title}</strong>
                </a>
                <p class="hint">{KINDS[kind].about}</p>
              </div>
            </li>
          ))}
        </ul>
      </section>
    </Layout>
  )
}
