import { PasskeyHint } from '../accounts/passkey-hint.tsx'
import type { Passkey } from '../../people/passkeys/store.ts'
import type { SessionInfo } from '../../credentials/sessions/store.ts'
import { lastUsed, when } from '../../http/format.ts'
import { Layout, Note, type Notice, type Viewer } from '../../web/layout.tsx'
import { AccountCard, type AccountProps } from './account/card.tsx'
import { AboutMeCard, type AboutMeProps } from './account/me-card.tsx'
import { ApiTokensCard, type ApiTokensProps } from './api-tokens-card.tsx'
import { DangerCard, type DangerProps } from './account/danger-card.tsx'
import { ManagementKeyCard, type ManagementKeyProps } from './management-key-card.tsx'
import { MembersCard, type MembersProps } from './members-card.tsx'
import { TracesCard, type TracesProps } from './traces-card.tsx'
import { TokensCard, type ListedToken } from './tokens-card.tsx'

export interface SettingsProps {
  viewer: Viewer
  /** The URL of the page. */
  url: string
  people: MembersProps
  account: AccountProps
  me: AboutMeProps
  /** Null for members who are not owners: only owners may delete the account. */
  danger: DangerProps | null
  tokens: readonly ListedToken[]
  apiTokens: ApiTokensProps
  managementKey: ManagementKeyProps
  traces: TracesProps
  passkeys: readonly Passkey[]
  sessions: readonly SessionInfo[]
  notice: Notice | null
}

export function SettingsPage({
  viewer,
  url,
  people,
  account,
  me,
  danger,
  tokens,
  apiTokens,
  managementKey,
  traces,
  passkeys,
  sessions,
  notice,
}: SettingsProps) {
  return (
    <Layout title="Settings" viewer={viewer} path="/settings">
      <h1>Settings</h1>
      <p class="lead">Tokens, passkeys, sessions, members and the account.</p>
      {notice && <Note kind={notice.kind}>{notice.text}</Note>}
      {people.link && <MembersCard {...people} />}
      {apiTokens.made && <ApiTokensCard {...apiTokens} />}
      <TokensCard tokens={tokens} />
      {!apiTokens.made && <ApiTokensCard {...apiTokens} />}
      <ManagementKeyCard {...managementKey} />
      <TracesCard {...traces} />
      <Passkeys passkeys={passkeys} url={url} />
      {sessions.length > 0 && <Sessions sessions={sessions} />}
      <AboutMeCard {...me} />
      {!people.link && <MembersCard {...people} />}
      <AccountCard {...account} />
      {danger && <DangerCard {...danger} />}
    </Layout>
  )
}

function Passkeys({ passkeys, url }: Pick<SettingsProps, 'passkeys' | 'url'>) {
  return (
    <section class="card" aria-labelledby="passkeys-title">
      <header>
        <h2 id="passkeys-title">Passkeys</h2>
      </header>
      <p class="hint">
        A passkey signs you in with your fingerprint, face or device lock. There are no passwords.
      </p>
      <PasskeyHint url={url} />
      {passkeys.length === 0 ? (
        <p>
          You have no passkey yet. Once you sign out, you need a new one-time link to sign in again.
        </p>
      ) : (
        <ul class="rows">
          {passkeys.map((passkey) => (
            <PasskeyRow passkey={passkey} isLast={passkeys.length === 1} />
          ))}
        </ul>
      )}
      <form class="stack" data-add-passkey data-needs-script>
        <label for="passkey-name">Passkey name</label>
        <div class="field-row">
          <input
            type="text"
            id="passkey-name"
            name="name"
            required
            maxlength={60}
            placeholder="My laptop"
          />
          <button type="submit">Add passkey</button>
        </div>
        <p class="note bad" role="alert" data-problem hidden></p>
      </form>
      <noscript>
        <p class="hint">Adding a passkey requires JavaScript.</p>
      </noscript>
    </section>
  )
}

function PasskeyRow({ passkey, isLast }: { passkey: Passkey; isLast: boolean }) {
  const path = `/settings/passkeys/${encodeURIComponent(passkey.id)}`
  return (
    <li>
      <div>
        <strong>{passkey.name}</strong>
        <p class="hint">
          Added {when(passkey.createdAtMs)}, {lastUsed(passkey.lastUsedAtMs)}
        </p>
      </div>
      <details>
        <summary>Change</summary>
        <form class="field-row" method="post" action={`${path}/name`}>
          <input
            type="text"
            name="name"
            value={passkey.name}
            required
            maxlength={60}
            aria-label="New name"
          />
          <button class="plain" type="submit">
            Rename
          </button>
        </form>
        {isLast ? (
          <p class="hint">You cannot remove your only passkey. Add another one first.</p>
        ) : (
          <form method="post" action={`${path}/remove`}>
            <button class="danger" type="submit">
              Remove {passkey.name}
            </button>
          </form>
        )}
      </details>
    </li>
  )
}

function Sessions({ sessions }: { sessions: readonly SessionInfo[] }) {
  return (
    <section class="card" aria-labelledby="sessions-title">
      <header>
        <h2 id="sessions-title">Sessions</h2>
        {sessions.length > 1 && (
          <form method="post" action="/settings/sessions/end-others">
            <button class="plain" type="submit">
              Sign out all other sessions
            </button>
          </form>
        )}
      </header>
      <ul class="rows">
        {sessions.map((session) => (
          <li>
            <div>
              <strong>{session.isCurrent ? 'This browser' : browserName(session.userAgent)}</strong>
              <p class="hint">
                Signed in {when(session.createdAtMs)}, last seen{' '}
                {session.seenAtMs === null ? 'at sign-in' : when(session.seenAtMs)}
              </p>
            </div>
            {!session.isCurrent && (
              <form method="post" action={`/settings/sessions/${session.id}/end`}>
                <button class="plain" type="submit">
                  Sign out
                </button>
              </form>
            )}
          </li>
        ))}
      </ul>
    </section>
  )
}

const BROWSERS = ['Firefox', 'Edg', 'OPR', 'Chrome', 'Safari', 'curl', 'node']
const SYSTEMS = ['Windows', 'Android', 'iPhone', 'iPad', 'Mac OS', 'Linux']

/** The browser and system in plain words, such as "Firefox on Linux". */
function browserName(userAgent: string | null): string {
  const find = (names: readonly string[]): string | undefined =>
    names.find((name) => userAgent?.includes(name))
  const browser = find(BROWSERS)?.replace('Edg', 'Edge').replace('OPR', 'Opera')
  const system = find(SYSTEMS)
  if (!browser) return 'Unknown browser'
  return system ? `${browser} on ${system}` : browser
}
