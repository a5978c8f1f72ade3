import type { SavedKey } from '../../credentials/keys/store.ts'
import { Note } from '../../web/layout.tsx'

export interface KeyCardProps {
  savedKey: SavedKey | null
  /** The page that the forms lead back to. */
  back: '/integrate' | '/settings/security'
  /** The number of a step; absent: it is none. */
  step?: number
  /** The rejected key, so that the form shows it again for correction. */
  typedKey?: string
  /** The reason why the key was not saved. */
  problem?: string | null
  mayChange?: boolean
}

/** The account's xAI key: saves, replaces and deletes it. */
export function KeyCard(props: KeyCardProps) {
  const { savedKey, step, problem = null, mayChange = true } = props
  return (
    <section class="card" aria-labelledby="key-title">
      <header>
        <h2 id="key-title">{step !== undefined && <span class="step">{step}</span>}Your xAI key</h2>
        {savedKey && (
          <span class="hint">
            Saved, ends in <code>{savedKey.lastFour}</code>
          </span>
        )}
      </header>
      {problem && <Note kind="bad">{problem}</Note>}
      {mayChange ? (
        <Forms {...props} problem={problem} />
      ) : (
        <p class="hint">Viewers cannot change it.</p>
      )}
    </section>
  )
}

function Forms({ savedKey, back, typedKey = '', problem = null }: KeyCardProps) {
  if (savedKey === null)
    return (
      <>
        <p class="hint">
          Create a key at <a href="https://console.x.ai">console.x.ai</a>. Metrion tests it with
          xAI, then stores it encrypted. Only the last four characters are shown afterwards.
        </p>
        <KeyForm typedKey={typedKey} label="xAI key" back={back} />
      </>
    )
  return (
    <>
      <details open={problem !== null}>
        <summary>Replace key</summary>
        <KeyForm typedKey={typedKey} label="New xAI key" back={back} />
      </details>
      <details>
        <summary>Delete key</summary>
        <form class="stack" method="post" action="/integrate/key/delete">
          <input type="hidden" name="back" value={back} />
          <p>Applications that use your Metrion token stop working until you save another key.</p>
          <button class="danger" type="submit">
            Delete xAI key
          </button>
        </form>
      </details>
    </>
  )
}

interface KeyFormProps extends Pick<KeyCardProps, 'back'> {
  typedKey: string
  label: string
}

function KeyForm({ typedKey, label, back }: KeyFormProps) {
  return (
    <form class="stack" method="post" action="/integrate/key">
      <input type="hidden" name="back" value={back} />
      <label for="key">{label}</label>
      <div class="field-row">
        <input
          type="password"
          id="key"
          name="key"
          value={typedKey}
          required
          autocomplete="off"
          spellcheck={false}
          placeholder="xai-…"
        />
        <button type="submit">Test and save</button>
      </div>
    </form>
  )
}
