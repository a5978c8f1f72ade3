import type { Child } from 'hono/jsx'
import { Layout, type Viewer } from '../../web/layout.tsx'
import { RANGES, type RangeName } from '../dashboard/range.ts'

const TABS = { '/sessions': 'Sessions', '/sessions/tags': 'Tags' } as const
type Tab = keyof typeof TABS

export interface FrameProps {
  viewer: Viewer
  range: RangeName
  zone: string
}

interface TabProps extends FrameProps {
  tab: Tab
  /** The parameters of this tab that a new time range keeps. */
  kept: Readonly<Record<string, string>>
  children: Child
}

/** Both lists, with the choice of the time range. */
export function SessionsFrame({ viewer, range, tab, kept, children }: TabProps) {
  const url = (path: Tab, params: Readonly<Record<string, string>>): string =>
    `${path}?${new URLSearchParams(params).toString()}`
  return (
    <Layout title={TABS[tab]} viewer={viewer} path="/sessions" wide>
      <header class="page-head">
        <h1 data-zoned>{TABS[tab]}</h1>
        <nav class="ranges" aria-label="Sections">
          {(Object.keys(TABS) as Tab[]).map((path) => (
            <a href={url(path, { range })} aria-current={path === tab ? 'page' : undefined}>
              {TABS[path]}
            </a>
          ))}
        </nav>
      </header>
      <nav class="ranges" aria-label="Time range">
        {(Object.keys(RANGES) as RangeName[]).map((name) => (
          <a
            href={url(tab, { ...kept, range: name })}
            aria-current={name === range ? 'true' : undefined}
          >
            {RANGES[name]}
          </a>
        ))}
      </nav>
      {children}
    </Layout>
  )
}

/** How an application names what a page lists. */
export function HowTo({ header, children }: { header: string; children: Child }) {
  return (
    <section class="card">
      <h2>Nothing in this time range</h2>
      <p>{children}</p>
      <pre tabindex={0}>
        <code>{header}</code>
      </pre>
    </section>
  )
}
