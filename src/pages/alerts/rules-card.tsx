import type { AlertsProps } from './view.tsx'
import { LEVEL_BADGES, LEVEL_TITLES, openLevel, ruleWords } from './words.ts'

/** The rules, each with what is open. */
export function RulesCard({ rules, channels, names, isOwner }: AlertsProps) {
  const channelNames = new Map(channels.map(({ id, name }) => [id, name]))
  return (
    <section class="card" aria-labelledby="rules-title">
      <header>
        <h2 id="rules-title">Rules</h2>
        {isOwner && <a href="/alerts/rules/new">New rule</a>}
      </header>
      {rules.length === 0 && (
        <p>
          No rules yet.{' '}
          {isOwner
            ? 'Begin with those that every account can use, and change them later.'
            : 'An owner of the account can create them.'}
        </p>
      )}
      {rules.length > 0 && (
        <ul class="rows">
          {rules.map((rule) => {
            const open = openLevel(rule)
            const to = rule.channels?.map((id) => channelNames.get(id) ?? id)
            return (
              <li>
                <div>
                  <a href={`/alerts/rules/${rule.id}`}>
                    <strong>{rule.name}</strong>
                  </a>{' '}
                  {open && <span class={`badge ${LEVEL_BADGES[open]}`}>{LEVEL_TITLES[open]}</span>}
                  <p class="hint">
                    {ruleWords(rule, names)}{' '}
                    {to && `Sent to ${to.length === 0 ? 'no channel: choose one' : to.join(', ')}.`}
                  </p>
                </div>
              </li>
            )
          })}
        </ul>
      )}
      {isOwner && rules.length === 0 && (
        <form method="post" action="/alerts/recommended">
          <button type="submit">Add the recommended rules</button>
        </form>
      )}
      <p class="hint">
        Rules are judged every five minutes. Each tells a warning at 90% of its threshold and an
        alert at 100%, both at most once in 24 hours, and once when it is over.
      </p>
    </section>
  )
}
