import type { IconName } from './icons.tsx'

export interface SitePage {
  path: string
  title: string
  icon: IconName
}

/** The pages of the sidebar, in groups. The command palette offers them, too. */
export const PAGE_GROUPS: readonly { title: string; pages: readonly SitePage[] }[] = [
  {
    title: 'Usage',
    pages: [
      { path: '/dashboard', title: 'Overview', icon: 'overview' },
      { path: '/logs', title: 'Logs', icon: 'logs' },
      { path: '/sessions', title: 'Sessions', icon: 'sessions' },
    ],
  },
  {
    title: 'Spending',
    pages: [
      { path: '/limits', title: 'Limits', icon: 'limits' },
      { path: '/alerts', title: 'Alerts', icon: 'alerts' },
      { path: '/bill', title: 'Bill', icon: 'bill' },
    ],
  },
  {
    title: 'Account',
    pages: [
      { path: '/integrate', title: 'Integrate', icon: 'integrate' },
      { path: '/settings', title: 'Settings', icon: 'settings' },
      { path: '/health', title: 'Health', icon: 'health' },
    ],
  },
]

/** The pages behind those of the sidebar, other than the sections of the settings. */
export const INNER_PAGES: readonly Omit<SitePage, 'icon'>[] = [
  { path: '/dashboard/errors', title: 'Errors' },
  { path: '/dashboard/latency', title: 'Latency' },
  { path: '/sessions/tags', title: 'Tags' },
  { path: '/reference', title: 'API reference' },
]

/** Which links a browser may fetch before they are clicked: those to pages, which only read. */
export const SPECULATION_RULES = JSON.stringify({
  prefetch: [
    {
      where: {
        or: PAGE_GROUPS.flatMap(({ pages }) => pages).flatMap(({ path }) => [
          { href_matches: path },
          { href_matches: `${path}?*` },
          { href_matches: `${path}/*` },
        ]),
      },
      eagerness: 'moderate',
    },
  ],
})
