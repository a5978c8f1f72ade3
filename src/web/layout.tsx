import type { Child } from 'hono/jsx'

export interface Viewer {
  name: string
  accountName: string
}

export interface LayoutProps {
  title: string
  /** Null: not signed in; the page is a single card. */
  viewer: Viewer | null
  path: string
  /** Full width, for tables with many columns. */
  wide?: boolean
  /** Scripts in addition to `/app.js`. */
  scripts?: readonly string[]
  children: Child
}

const PAGES = [
  { path: '/integrate', title: 'Integrate' },
  { path: '/dashboard', title: 'Dashboard' },
  { path: '/logs', title: 'Logs' },
  { path: '/limits', title: 'Limits' },
  { path: '/alerts', title: 'Alerts' },
  { path: '/bill', title: 'Bill' },
  { path: '/settings', title: 'Settings' },
  { path: '/health', title: 'Health' },
] as const

/** The frame of every page. */
export function Layout({ title, viewer, path, wide = false, scripts = [], children }: LayoutProps) {
  return (
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <title>{`${title} · Metrion`}</title>
        <link rel="stylesheet" href="/app.css" />
        {['/app.js', ...scripts].map((src) => (
          <script type="module" src={src}></script>
        ))}
      </head>
      <body>
        <a class="skip" href="#main">
          Skip to content
        </a>
        {viewer && <Bar viewer={viewer} path={path} />}
        <main id="main" class={viewer ? (wide ? 'wide' : '') : 'narrow'}>
          {!viewer && <Brand />}
          {children}
        </main>
      </body>
    </html>
  )
}

function Bar({ viewer, path }: { viewer: Viewer; path: string }) {
  return (
    <header class="bar">
      <div class="bar-in">
        <Brand />
        <nav aria-label="Pages">
          {PAGES.map((page) => (
            <a href={page.path} aria-current={page.path === path ? 'page' : undefined}>
              {page.title}
            </a>
          ))}
        </nav>
        <form class="who" method="post" action="/sign-out">
          <span title={viewer.accountName}>{viewer.name}</span>
          <button class="plain" type="submit">
            Sign out
          </button>
        </form>
      </div>
    </header>
  )
}

function Brand() {
  return (
    <a class="brand" href="/">
      <svg viewBox="0 0 20 20" aria-hidden="true">
        <rect x="1" y="11" width="4" height="8" rx="1" fill="currentColor" opacity=".45" />
        <rect x="8" y="6" width="4" height="13" rx="1" fill="currentColor" opacity=".7" />
        <rect x="15" y="1" width="4" height="18" rx="1" fill="currentColor" />
      </svg>
      Metrion
    </a>
  )
}

/** A message about the result of an action. */
export interface Notice {
  kind: 'good' | 'bad'
  text: string
}

/** A message that screen readers announce. */
export function Note({ kind, children }: { kind: Notice['kind']; children: Child }) {
  return (
    <p class={`note ${kind}`} role={kind === 'bad' ? 'alert' : 'status'}>
      {children}
    </p>
  )
}
