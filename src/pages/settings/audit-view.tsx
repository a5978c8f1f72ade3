import { ACTIONS } from '../../audit/action.ts'
import type { AuditRow } from '../../audit/store.ts'
import { when } from '../../http/format.ts'
import { Layout, type Viewer } from '../../web/layout.tsx'

export interface AuditProps {
  viewer: Viewer
  rows: readonly AuditRow[]
  /** Where the next page begins; null on the last one. */
  nextCursor: string | null
}

export function AuditPage({ viewer, rows, nextCursor }: AuditProps) {
  return (
    <Layout title="Who did what" viewer={viewer} path="/settings">
      <h1>Who did what</h1>
      <p class="lead">
        Sign-ins, exports, and changes to tokens, keys, passkeys and people of this account, newest
        first.
      </p>
      <section class="card">
        <div class="scroll" tabindex={0} role="region" aria-label="Changes">
          <table>
            <thead>
              <tr>
                <th scope="col">When</th>
                <th scope="col">Who</th>
                <th scope="col">What</th>
              </tr>
            </thead>
            <tbody>
              {rows.map((row) => (
                <tr>
                  <td class="time">{when(row.atMs)}</td>
                  <td>{row.memberName}</td>
                  <td>
                    {ACTIONS[row.action] ?? row.action} <strong>{row.subject}</strong>
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
        {rows.length === 0 && <p class="hint">Nothing further back.</p>}
      </section>
      <p class="hint">
        {nextCursor && <a href={`/settings/audit?cursor=${nextCursor}`}>Further back</a>}{' '}
        <a href="/settings">Back to Settings</a>
      </p>
    </Layout>
  )
}
