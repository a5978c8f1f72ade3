import type { Checklist } from '../../people/accounts/checklist-store.ts'

const STEPS: Record<keyof Required<Checklist>, { title: string; href: string }> = {
  key: { title: 'Save your xAI key', href: '/integrate' },
  request: { title: 'Send your first request', href: '/integrate#code-title' },
  passkey: { title: 'Add a passkey', href: '/settings/security' },
  budget: { title: 'Set a budget', href: '/limits/new' },
  alert: { title: 'Set an alert', href: '/alerts' },
}

/** The first steps of an account. It is shown until the last of them is done. */
export function ChecklistCard({ done }: { done: Checklist }) {
  const steps = (Object.keys(STEPS) as (keyof Checklist)[]).filter((step) => step in done)
  const count = steps.filter((step) => done[step]).length
  return (
    <section class="card checklist" aria-labelledby="checklist-title">
      <header>
        <h2 id="checklist-title">First steps</h2>
        <span class="hint">
          {count} of {steps.length} done
        </span>
      </header>
      <ol>
        {steps.map((step) => (
          <li class={done[step] ? 'done' : ''}>
            {done[step] ? (
              <>
                <span aria-hidden="true">✓</span> {STEPS[step].title}{' '}
                <span class="unseen">done</span>
              </>
            ) : (
              <>
                <span aria-hidden="true">○</span> <a href={STEPS[step].href}>{STEPS[step].title}</a>
              </>
            )}
          </li>
        ))}
      </ol>
    </section>
  )
}
