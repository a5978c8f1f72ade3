import type { SavedView } from '../../people/views/store.ts'

export interface ViewsProps {
  views: readonly SavedView[]
  /** The page as it is shown, with its query. */
  here: string
  mayChange: boolean
}

/** The views that the account has saved, and a form to save this one. */
export function ViewsMenu({ views, here, mayChange }: ViewsProps) {
  return (
    <details class="menu">
      <summary>Views</summary>
      <div>
        {views.length === 0 && <p class="hint">No saved views yet.</p>}
        {views.length > 0 && (
          <ul class="views">
            {views.map((view) => (
              <li>
                <a href={view.path}>{view.name}</a>
                {mayChange && (
                  <form method="post" action={`/views/${view.id}/delete`}>
                    <input type="hidden" name="here" value={here} />
                    <button class="plain" type="submit" aria-label={`Delete the view ${view.name}`}>
                      ×
                    </button>
                  </form>
                )}
              </li>
            ))}
          </ul>
        )}
        {mayChange && (
          <form class="field-row" method="post" action="/views">
            <input type="hidden" name="path" value={here} />
            <input
              type="text"
              name="name"
              required
              maxlength={60}
              aria-label="View name"
              placeholder="Name of this view"
            />
            <button type="submit">Save view</button>
          </form>
        )}
      </div>
    </details>
  )
}
