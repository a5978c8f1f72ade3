import { Note } from '../../../web/layout.tsx'

export interface DangerProps {
  accountName: string
  /** The input that did not match the account name. */
  typed: string
  problem: string | null
}

export function DangerCard({ accountName, typed, problem }: DangerProps) {
  return (
    <section class="card danger" aria-labelledby="danger-title" id="danger">
      <header>
        <h2 id="danger-title">Delete account</h2>
      </header>
      {problem && <Note kind="bad">{problem}</Note>}
      <p class="hint">
        This deletes the account’s members, tokens, xAI key, ledger and archive, and cannot be
        undone. Applications that use its tokens stop working. Export the ledger first:{' '}
        <a href="/api/v1/requests.csv">as CSV</a> or <a href="/api/v1/requests.ndjson">as NDJSON</a>
        .
      </p>
      <form class="stack" method="post" action="/settings/delete">
        <label for="delete-name">
          Type <strong>{accountName}</strong> to confirm
        </label>
        <div class="field-row">
          <input
            type="text"
            id="delete-name"
            name="name"
            value={typed}
            required
            autocomplete="off"
            spellcheck={false}
          />
          <button class="danger" type="submit">
            Delete account
          </button>
        </div>
      </form>
    </section>
  )
}
