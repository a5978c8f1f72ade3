import { Icon } from './icons.tsx'
import { PAGE_GROUPS, type SitePage } from './pages.ts'
import { Brand } from './brand.tsx'
import type { Viewer } from './viewer.ts'

/** The pages, the account's state, and who is signed in. On phones, the pages fold behind a button. */
export function Sidebar({ viewer, path }: { viewer: Viewer; path: string }) {
  return (
    <header class="side">
      <div class="side-head">
        <Brand />
        <div class="state short" data-account-short data-needs-script></div>
        <button class="plain fold" type="button" popovertarget="pages" aria-label="Menu">
          <Icon name="menu" />
        </button>
      </div>
      <div class="side-body" id="pages" popover="auto">
        <button class="plain find" type="button" data-palette data-needs-script>
          <Icon name="search" /> Search <kbd>Ctrl K</kbd>
        </button>
        <nav aria-label="Pages">
          {PAGE_GROUPS.map(({ title, pages }) => (
            <>
              <h2 id={`pages-${title}`}>{title}</h2>
              <ul aria-labelledby={`pages-${title}`}>
                {pages.map((page) => (
                  <PageLink page={page} isHere={page.path === path} />
                ))}
              </ul>
            </>
          ))}
        </nav>
        <div class="state" data-account-state data-needs-script></div>
        <p class="zone" data-zone-name data-needs-script></p>
        <form class="who" method="post" action="/sign-out">
          <span data-who>
            <strong>{viewer.name}</strong>
            {viewer.accountName !== viewer.name && <span class="quiet">{viewer.accountName}</span>}
          </span>
          <button class="plain" type="submit">
            Sign out
          </button>
        </form>
      </div>
    </header>
  )
}

function PageLink({ page: { path, title, icon }, isHere }: { page: SitePage; isHere: boolean }) {
  return (
    <li>
      <a href={path} aria-current={isHere ? 'page' : undefined}>
        <Icon name={icon} /> {title}
      </a>
    </li>
  )
}
