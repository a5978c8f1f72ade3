import type { Child } from 'hono/jsx'
import { Brand } from './brand.tsx'
import { Sidebar } from './sidebar.tsx'
import type { Viewer } from './viewer.ts'

export type { Viewer }

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
      <body class={viewer ? 'app' : ''}>
        <a class="skip" href="#main">
          Skip to content
        </a>
        {viewer && <Sidebar viewer={viewer} path={path} />}
        <main id="main" class={viewer ? (wide ? 'wide' : '') : 'narrow'}>
          {!viewer && <Brand />}
          {children}
        </main>
      </body>
    </html>
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
