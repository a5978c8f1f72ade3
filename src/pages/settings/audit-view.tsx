import { ACTIONS } from '../../audit/action.ts'
import type { AuditRow } from '../../audit/store.ts'
import type { Viewer } from '../../web/layout.tsx'
import { SettingsFrame } from './frame.tsx'
import { When } from '../../web/when.tsx'

export interface AuditProps {
  viewer: Viewer
  rows: readonly AuditRow[]
  /** The cursor of the next page. Null: this is the last page. */
  nextCursor: string | null
}

export function AuditPage({ viewer, rows, nextCursor }: AuditProps) {
  return (
    <SettingsFrame viewer={viewer} section="audit" notice={null}>
      <p class="lead">
        Sign-ins, exports, and changes to tokens, keys, passkeys, members and settings of this
        account. Newest first.
      </p>
      <section class="card">
        <div class="scroll" tabindex={0} role="region" aria-label="Audit log">
          <table class="log">
            <thead>
              <tr>
                <th scope="col">Time</th>
                <th scope="col">Who</th>
                <th scope="col">Action</th>
              </tr>
            </thead>
            <tbody>
              {rows.map((row) => (
                <tr>
                  <td class="time">
                    <When ms={row.atMs} />
                  </td>
                  <td class="words">{row.memberName}</td>
                  <td class="words">
                    {ACTIONS[row.action] ?? row.action} <strong>{row.subject}</strong>
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
        {rows.length === 0 && <p class="hint">No entries.</p>}
      </section>
      <p class="hint">
        {nextCursor && <a href={`/settings/audit?cursor=${nextCursor}`}>Older entries</a>}{' '}
        <a href="/settings">Back to Settings</a>
      </p>
    </SettingsFrame>
  )
}
