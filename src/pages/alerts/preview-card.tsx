import { compose } from '../../alerts/compose.ts'
import { REPLAYED_DAYS, type Replayed } from '../../alerts/evaluate/replay.ts'
import type { AlertsProps } from './view.tsx'
import { countWords, LEVEL_BADGES, LEVEL_TITLES } from './words.ts'
import { When } from '../../web/when.tsx'

/** Messages of a rule that are listed. */
const SHOWN = 10

/** What the rules would have told in the last days. */
export function PreviewCard({ rules, replayed, names, zone }: AlertsProps) {
  if (rules.length === 0) return null
  return (
    <section class="card" aria-labelledby="preview">
      <header>
        <h2 id="preview">Last {REPLAYED_DAYS} days with these rules</h2>
      </header>
      {replayed === null ? (
        <p>
          <a href="/alerts?preview=on#preview">Show what would have been sent</a>
        </p>
      ) : (
        <>
          <ul class="rows">
            {replayed.map((one) => (
              <li>
                <Rule one={one} names={names} zone={zone} />
              </li>
            ))}
          </ul>
          <p class="hint">
            Judged at the end of each hour, windows of a day every three hours, those of a week once
            a day, and forecasts at the end of each day. A budget’s own page shows what it would
            have done.
          </p>
        </>
      )}
    </section>
  )
}

function Rule({ one, names, zone }: { one: Replayed } & Pick<AlertsProps, 'names' | 'zone'>) {
  const { rule, tells } = one
  if (tells === null)
    return (
      <div>
        <strong>{rule.name}</strong>{' '}
        <span class="hint">What it is judged by is not kept for the past.</span>
      </div>
    )
  const levels = tells.map(({ facts }) => facts.level)
  return (
    <div>
      <strong>{rule.name}</strong> <span class="quiet">{countWords(levels)}</span>
      {tells.length > 0 && (
        <details>
          <summary>Show</summary>
          <ul class="rows">
            {tells.slice(-SHOWN).map(({ atMs, facts }) => {
              const { title, path } = compose(
                facts,
                { causes: [], basis: null },
                { zone, names },
                { position: 1, most: 2 },
              )
              return (
                <li>
                  <span>
                    <span class={`badge ${LEVEL_BADGES[facts.level]}`}>
                      {LEVEL_TITLES[facts.level]}
                    </span>{' '}
                    <a href={path}>{title}</a>
                  </span>
                  <span class="hint">
                    <When ms={atMs} zone={zone} />
                  </span>
                </li>
              )
            })}
          </ul>
          {tells.length > SHOWN && <p class="hint">{tells.length - SHOWN} earlier ones.</p>}
        </details>
      )}
    </div>
  )
}
