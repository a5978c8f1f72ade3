import type { ManagementKey } from '../../billing/keys/store.ts'
import { When } from '../../web/when.tsx'

export interface ManagementKeyProps {
  saved: ManagementKey | null
  isOwner: boolean
  /** The reason why the key that was sent was not saved. */
  problem: string | null
}

/** Saves the key that reads xAI's bill, and says how to make one. */
export function ManagementKeyCard({ saved, isOwner, problem }: ManagementKeyProps) {
  return (
    <section class="card" id="management-key" aria-labelledby="management-key-title">
      <header>
        <h2 id="management-key-title">xAI management key</h2>
        <a href="/bill">Bill</a>
      </header>
      <p class="hint">
        It reads xAI’s own bill, which Metrion compares with the ledger every night, and the credit
        that is left. It sends no request to a model. It is stored encrypted, like the xAI key.
      </p>
      {saved && (
        <p>
          <code>…{saved.lastFour}</code> saved <When ms={saved.savedAtMs} />
          {saved.readAtMs !== null && (
            <>
              , last read <When ms={saved.readAtMs} />
            </>
          )}
          .
          {saved.problem !== null && (
            <span class="bad"> The last reading failed: {saved.problem}.</span>
          )}
        </p>
      )}
      {problem !== null && (
        <p class="note bad" role="alert">
          {problem}
        </p>
      )}
      {isOwner ? <Form isSaved={saved !== null} /> : <p class="hint">Only owners can change it.</p>}
    </section>
  )
}

function Form({ isSaved }: { isSaved: boolean }) {
  return (
    <>
      <details open={!isSaved}>
        <summary>{isSaved ? 'Replace it' : 'How to make one'}</summary>
        <ol class="hint">
          <li>
            Open <a href="https://console.x.ai">console.x.ai</a>, choose the team that pays, then
            Settings and Management Keys.
          </li>
          <li>Create a key with permission to read billing; it needs no other.</li>
          <li>Paste it here. It is tested at once.</li>
        </ol>
        <form class="stack" method="post" action="/settings/management-key">
          <label for="management-key-input">Management key</label>
          <div class="field-row">
            <input
              type="password"
              id="management-key-input"
              name="key"
              required
              autocomplete="off"
              placeholder="xai-token-…"
            />
            <button type="submit">Test and save</button>
          </div>
        </form>
      </details>
      {isSaved && (
        <form method="post" action="/settings/management-key/delete">
          <button class="danger" type="submit">
            Delete the management key
          </button>
        </form>
      )}
    </>
  )
}
