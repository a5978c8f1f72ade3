import { PasskeyHint } from '../passkeys/hint.tsx'
import { Layout, Note } from '../../web/layout.tsx'

export interface JoinProps {
  code: string
  /** What was typed. */
  name: string
  email: string
  /** Whom the link lets back in; null: somebody new. */
  memberName: string | null
  /** What was wrong with what was sent. */
  problem: string | null
  /** Why the link lets nobody in. */
  dead: string | null
}

/** Opening a one-time link uses nothing up; its button does, so that link previews are harmless. */
export function JoinPage(props: JoinProps) {
  const { dead, memberName, problem } = props
  return (
    <Layout title="Welcome" viewer={null} path="/join">
      <section class="card">
        <h1>{memberName === null ? 'Welcome to Metrion' : `Welcome back, ${memberName}`}</h1>
        {dead === null ? (
          <>
            <p class="lead">
              {memberName === null
                ? 'This link lets you in once. Say what to call you, and go on.'
                : 'This link lets you back in, once. Add a passkey then, to need no more links.'}
            </p>
            {problem && <Note kind="bad">{problem}</Note>}
            <form class="stack" method="post" action="/join">
              <input type="hidden" name="code" value={props.code} />
              {memberName === null && <NameField name={props.name} />}
              {memberName === null && <EmailField email={props.email} />}
              <button type="submit">Continue</button>
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

/** Where the code comes with neither the script nor the address. */
export function PastePage({ problem }: { problem: string | null }) {
  return (
    <Layout title="Welcome" viewer={null} path="/join">
      <section class="card">
        <h1>Welcome to Metrion</h1>
        <p class="lead">Paste your one-time link here. It lets you in once.</p>
        {problem && <Note kind="bad">{problem}</Note>}
        <form class="stack" method="post" action="/join/open" data-open-link>
          <label for="link">One-time link, or its code</label>
          <input
            type="text"
            id="link"
            name="link"
            required
            maxlength={1000}
            autocomplete="off"
            spellcheck={false}
          />
          <button type="submit">Open it</button>
        </form>
      </section>
    </Layout>
  )
}

function EmailField({ email }: { email: string }) {
  return (
    <>
      <label for="email">Your e-mail, if you like</label>
      <input
        type="email"
        id="email"
        name="email"
        value={email}
        maxlength={254}
        autocomplete="email"
        aria-describedby="email-hint"
      />
      <p class="hint" id="email-hint">
        Nothing is sent to it. Should you lose every passkey, whoever runs this deployment lets you
        back in by it.
      </p>
    </>
  )
}

export function NameField({ name }: { name: string }) {
  return (
    <>
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
    </>
  )
}

export interface SignInProps {
  /** Where the page is. */
  url: string
  notice: string | null
  /** Strangers may make an account. */
  isOpen: boolean
}

export function SignInPage({ url, notice, isOpen }: SignInProps) {
  return (
    <Layout title="Sign in" viewer={null} path="/sign-in">
      <section class="card">
        <h1>Sign in</h1>
        {notice && <Note kind="good">{notice}</Note>}
        <PasskeyHint url={url} />
        <form class="stack" data-sign-in data-needs-script>
          <button type="submit">Sign in with a passkey</button>
          <p class="note bad" role="alert" data-problem hidden></p>
        </form>
        <noscript>
          <p class="hint">Signing in with a passkey needs JavaScript; a one-time link does not.</p>
        </noscript>
        {isOpen && (
          <p>
            New here? <a href="/sign-up">Create an account</a>
          </p>
        )}
        <p class="hint">
          Metrion has no passwords. Without a passkey you come in by a one-time link: whoever runs
          this deployment makes one with <code>npm run invite</code>, and it leads back into the
          same account. <a href="/join">Paste a one-time link</a>
        </p>
      </section>
    </Layout>
  )
}

export interface AccessProps {
  /** Whom Cloudflare Access vouches for. */
  email: string
  /** The account they are invited to; null: none. */
  invitedTo: string | null
  /** They may make an account of their own. */
  mayOpen: boolean
  problem: string | null
}

/** For somebody whom Cloudflare Access knows and Metrion does not. */
export function AccessPage({ email, invitedTo, mayOpen, problem }: AccessProps) {
  const isWelcome = invitedTo !== null || mayOpen
  return (
    <Layout title="Welcome" viewer={null} path="/sign-in">
      <section class="card">
        <h1>Welcome to Metrion</h1>
        <p class="lead">
          Cloudflare Access says that you are <strong>{email}</strong>.
        </p>
        {problem && <Note kind="bad">{problem}</Note>}
        {invitedTo !== null && <p>You are invited to the account {invitedTo}.</p>}
        {isWelcome ? (
          <form class="stack" method="post" action="/access">
            <NameField name="" />
            <button type="submit">{invitedTo === null ? 'Create an account' : 'Accept'}</button>
          </form>
        ) : (
          <p>
            Nobody here is connected with this address. Ask an owner of your account to invite it
            under Settings, then load this page again.
          </p>
        )}
        <form class="stack" data-sign-in data-needs-script>
          <p class="hint">
            Been here before? Sign in by a passkey or a one-time link, and connect this address
            under Settings.
          </p>
          <button class="plain" type="submit">
            Sign in with a passkey
          </button>
          <p class="note bad" role="alert" data-problem hidden></p>
        </form>
      </section>
    </Layout>
  )
}
