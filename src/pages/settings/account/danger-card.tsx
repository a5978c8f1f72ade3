import { Note } from '../../../web/layout.tsx'

export interface DangerProps {
  accountName: string
  /** What was typed and is not the name. */
  typed: string
  problem: string | null
}

export function DangerCard({ accountName, typed, problem }: DangerProps) {
  return (
    <section class="card danger" aria-labelledby="danger-title" id="danger">
      <header>
        <h2 id="danger-title">Delete the account</h2>
      </header>
      {problem && <Note kind="bad">{problem}</Note>}
      <p class="hint">
        Its people, tokens, xAI key, ledger and archive go, and do not come back. Applications that
        use its tokens are refused from then on. Take the ledger with you first:{' '}
        <a href="/api/v1/requests.csv">as CSV</a> or <a href="/api/v1/requests.ndjson">as NDJSON</a>
        .
      </p>
      <form class="stack" method="post" action="/settings/delete">
        <label for="delete-name">
          Type <strong>{accountName}</strong> to delete it
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
            Delete everything
          </button>
        </div>
      </form>
    </section>
  )
}
