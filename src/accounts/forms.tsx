import { Layout, Note } from '../web/layout.tsx'

export interface JoinProps {
  code: string
  name: string
  /** What was wrong with what was sent. */
  problem: string | null
  /** Why the link lets nobody in. */
  dead: string | null
}

/** Opening a one-time link uses nothing up; its button does, so that link previews are harmless. */
export function JoinPage({ code, name, problem, dead }: JoinProps) {
  return (
    <Layout title="Welcome" viewer={null} path="/join">
      <section class="card">
        <h1>Welcome to Metrion</h1>
        {dead === null ? (
          <>
            <p class="lead">This link lets you in once. Say what to call you, and go on.</p>
            {problem && <Note kind="bad">{problem}</Note>}
            <form class="stack" method="post" action="/join">
              <input type="hidden" name="code" value={code} />
              <label for="name">Your name</label>
              <input
                type="text"
                id="name"
                name="name"
                value={name}
                required
                maxlength={100}
                autocomplete="name"
                autofocus
              />
              <button type="submit">Go on</button>
            </form>
          </>
        ) : (
          <>
            <Note kind="bad">{dead}</Note>
            <p>
              Ask whoever runs this deployment for a new one. They make it with{' '}
              <code>npm run invite</code>.
            </p>
          </>
        )}
      </section>
    </Layout>
  )
}

export function SignInPage({ notice }: { notice: string | null }) {
  return (
    <Layout title="Sign in" viewer={null} path="/sign-in">
      <section class="card">
        <h1>Sign in</h1>
        {notice && <Note kind="good">{notice}</Note>}
        <form class="stack" data-sign-in data-needs-script>
          <button type="submit">Sign in with a passkey</button>
          <p class="note bad" role="alert" data-problem hidden></p>
        </form>
        <noscript>
          <p class="hint">Signing in with a passkey needs JavaScript; a one-time link does not.</p>
        </noscript>
        <p class="hint">
          Metrion has no passwords. Without a passkey you come in by a one-time link: whoever runs
          this deployment makes one with <code>npm run invite</code>, and it leads back into the
          same account.
        </p>
      </section>
    </Layout>
  )
}
