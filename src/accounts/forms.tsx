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
        <p>
          Metrion has no passwords. You come in by a one-time link and stay signed in on this
          browser for thirty days after your last visit.
        </p>
        <p class="hint">
          Lost yours? Whoever runs this deployment makes another one with{' '}
          <code>npm run invite</code>; it leads back into the same account.
        </p>
      </section>
    </Layout>
  )
}
