import { PasskeyHint } from '../accounts/passkey-hint.tsx'
import type { Passkey } from '../../people/passkeys/store.ts'
import type { SessionInfo } from '../../credentials/sessions/store.ts'
import { LastUsed, When } from '../../web/when.tsx'

/** `url`: of the page, since passkeys belong to a host. */
export function Passkeys({ passkeys, url }: { passkeys: readonly Passkey[]; url: string }) {
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
          Added <When ms={passkey.createdAtMs} />, <LastUsed ms={passkey.lastUsedAtMs} />
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

export function Sessions({ sessions }: { sessions: readonly SessionInfo[] }) {
  return (
    <section class="card" aria-labelledby="sessions-title">
      <header>
        <h2 id="sessions-title">Sessions</h2>
        {sessions.length > 1 && (
          <form method="post" action="/settings/sessions/end-others">
            <button class="plain" type="submit">
              Sign out everywhere else
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
                Signed in <When ms={session.createdAtMs} />, last seen{' '}
                {session.seenAtMs === null ? 'at sign-in' : <When ms={session.seenAtMs} />}
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
