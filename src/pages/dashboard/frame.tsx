import type { Child } from 'hono/jsx'
import { ViewsMenu } from '../views/menu.tsx'
import { Layout } from '../../web/layout.tsx'
import { localTime } from '../../http/zone.ts'
import { dashboardUrl, SECTIONS, type DashboardQuery, type Section } from './input.ts'
import { titleOf, type FrameProps } from './props.ts'
import { CALENDAR, MOVING, RANGES, type RangeName } from './range.ts'
import { When } from '../../web/when.tsx'

/** The frame of every section: navigation, time range and filters. */
export function Frame({
  section,
  children,
  ...props
}: FrameProps & { section: Section; children: Child }) {
  const { viewer, query, zone, range, nowMs } = props
  const isCustom = query.from !== undefined
  const isOver = isCustom || range.beforeMs <= nowMs
  return (
    <Layout
      title={SECTIONS[section]}
      viewer={viewer}
      path="/dashboard"
      wide
      scripts={['/charts.js']}
    >
      <div data-refreshed>
        <header class="page-head">
          <h1>{SECTIONS[section]}</h1>
          <nav class="ranges" aria-label="Sections">
            {(Object.keys(SECTIONS) as Section[]).map((path) => (
              <a
                href={dashboardUrl(query, {}, path)}
                aria-current={path === section ? 'page' : undefined}
              >
                {SECTIONS[path]}
              </a>
            ))}
          </nav>
        </header>
        <div class="page-head">
          <Presets query={query} section={section} />
          <Custom {...props} section={section} />
          <ViewsMenu {...props.views} />
        </div>
        <p class="lead" data-zoned>
          <When ms={range.fromMs} zone={zone} /> to{' '}
          {isOver ? <When ms={range.beforeMs} zone={zone} /> : 'now'}, compared with{' '}
          <When ms={range.comparedFromMs} zone={zone} /> to{' '}
          <When ms={range.comparedEndMs ?? range.comparedBeforeMs} zone={zone} />.
        </p>
        <Chips {...props} section={section} />
        {children}
      </div>
    </Layout>
  )
}

function Presets({ query, section }: Pick<FrameProps, 'query'> & { section: Section }) {
  return (
    <nav class="ranges" aria-label="Time range">
      {[MOVING, CALENDAR].map((names) => (
        <span>
          {(Object.keys(names) as RangeName[]).map((name) => (
            <a
              href={dashboardUrl(query, { range: name, from: undefined, to: undefined }, section)}
              aria-current={query.from === undefined && name === query.range ? 'true' : undefined}
            >
              {RANGES[name]}
            </a>
          ))}
        </span>
      ))}
    </nav>
  )
}

/** A custom time range in the viewer's zone; a plain GET form. */
function Custom({ query, zone, range, section }: FrameProps & { section: Section }) {
  const local = (ms: number): string => localTime(ms, zone).slice(0, 16).replace(' ', 'T')
  const kept = [...new URL(dashboardUrl(query), 'https://x').searchParams].filter(
    ([name]) => !['range', 'from', 'to'].includes(name),
  )
  return (
    <details id="custom" open={query.from !== undefined}>
      <summary>Custom range</summary>
      <form class="field-row" method="get" action={section}>
        <input
          type="datetime-local"
          name="from"
          required
          aria-label={`From (${zone})`}
          value={local(query.from ?? range.fromMs)}
        />
        <input
          type="datetime-local"
          name="to"
          aria-label={`To (${zone})`}
          value={query.to === undefined ? '' : local(query.to)}
        />
        {kept.map(([name, value]) => (
          <input type="hidden" name={name} value={value} />
        ))}
        <button type="submit">Apply</button>
      </form>
    </details>
  )
}

function Chips({ query, tokenNames, section }: FrameProps & { section: Section }) {
  const chips = (['model', 'requester', 'token'] as const).flatMap((by) =>
    query[by].map((key) => ({ by, key, title: titleOf(by, key, tokenNames) })),
  )
  if (chips.length === 0) return null
  return (
    <ul class="chips" aria-label="Active filters">
      {chips.map(({ by, key, title }) => (
        <li>
          {by}: {title}
          <a
            href={dashboardUrl(query, { [by]: query[by].filter((one) => one !== key) }, section)}
            aria-label={`Remove the filter ${title}`}
          >
            ×
          </a>
        </li>
      ))}
    </ul>
  )
}

interface EmptyProps {
  query: DashboardQuery
  section: Section
  /** A sentence about what this section shows. */
  children: Child
}

/** Shown instead of empty charts. */
export function Empty({ query, section, children }: EmptyProps) {
  const isFiltered = [query.model, query.requester, query.token].some((list) => list.length > 0)
  return (
    <section class="card">
      <h2>No requests in this time range</h2>
      <p>
        {children}{' '}
        {isFiltered ? (
          <a href={dashboardUrl(query, { model: [], requester: [], token: [] }, section)}>
            Clear filters
          </a>
        ) : (
          <>
            Choose a longer range above, or send your first request: the{' '}
            <a href="/integrate">Integrate page</a> has the code.
          </>
        )}
      </p>
    </section>
  )
}
