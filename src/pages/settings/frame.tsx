import type { Child } from 'hono/jsx'
import { Layout, Note, type Notice, type Viewer } from '../../web/layout.tsx'

/** The sections of the settings, each with its own address. */
export const SECTIONS = {
  account: { path: '/settings', title: 'Account' },
  tokens: { path: '/settings/tokens', title: 'Tokens' },
  people: { path: '/settings/people', title: 'People' },
  security: { path: '/settings/security', title: 'Security' },
  data: { path: '/settings/data', title: 'Data' },
  audit: { path: '/settings/audit', title: 'Audit log' },
} as const
export type Section = keyof typeof SECTIONS

export interface FrameProps {
  viewer: Viewer
  section: Section
  notice: Notice | null
  children: Child
}

export function SettingsFrame({ viewer, section, notice, children }: FrameProps) {
  const { title } = SECTIONS[section]
  return (
    <Layout title={`${title} · Settings`} viewer={viewer} path="/settings">
      <header class="page-head">
        <h1>{title}</h1>
        <nav class="ranges" aria-label="Settings">
          {(Object.keys(SECTIONS) as Section[]).map((one) => (
            <a href={SECTIONS[one].path} aria-current={one === section ? 'page' : undefined}>
              {SECTIONS[one].title}
            </a>
          ))}
        </nav>
      </header>
      {notice && <Note kind={notice.kind}>{notice.text}</Note>}
      {children}
    </Layout>
  )
}
