import { PasskeyHint } from './passkey-hint.tsx'
import { Layout, Note } from '../../web/layout.tsx'

export interface JoinProps {
  code: string
  /** The name and e-mail that were entered. */
  name: string
  email: string
  /** The existing member that the link signs in. Null: it is for a new member. */
  memberName: string | null
  /** The problem with the submitted form. */
  problem: string | null
  /** The reason why the link does not work. Null: it works. */
  dead: string | null
}

/** Opening a one-time link does not use it up; only the button does. So link previews are harmless. */
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
                ? 'This link works once. Enter your name to continue.'
                : 'This link signs you in once. Then add a passkey, so that you need no more links.'}
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
              Ask the operator of this deployment for a new link. They create it with{' '}
              <code>npm run invite</code>.
            </p>
          </>
        )}
      </section>
    </Layout>
  )
}

/** The form for links opened without JavaScript: the code is in the URL fragment, which the server never sees. */
export function PastePage({ problem }: { problem: string | null }) {
  return (
    <Layout title="Welcome" viewer={null} path="/join">
      <section class="card">
        <h1>Welcome to Metrion</h1>
        <p class="lead">Paste your one-time link here. It works once.</p>
        {problem && <Note kind="bad">{problem}</Note>}
        <form class="stack" method="post" action="/join/open" data-open-link>
          <label for="link">One-time link or code</label>
          <input
            type="text"
            id="link"
            name="link"
            required
            maxlength={1000}
            autocomplete="off"
            spellcheck={false}
          />
          <button type="submit">Open link</button>
        </form>
      </section>
    </Layout>
  )
}

function EmailField({ email }: { email: string }) {
  return (
    <>
      <label for="email">Your e-mail (optional)</label>
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
        Metrion sends no e-mail. If you lose all your passkeys, the operator of this deployment can
        use this address to let you sign in again.
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
  /** The URL of the page. */
  url: string
  notice: string | null
  /** Sign-up is open. */
  isOpen: boolean
  /** The page to come back to. */
  back: string | null
}

export function SignInPage({ url, notice, isOpen, back }: SignInProps) {
  return (
    <Layout title="Sign in" viewer={null} path="/sign-in">
      <section class="card">
        <h1>Sign in</h1>
        {notice && <Note kind="good">{notice}</Note>}
        <PasskeyHint url={url} />
        <form class="stack" data-sign-in data-back={back ?? undefined} data-needs-script>
          <button type="submit">Sign in with a passkey</button>
          <p class="note bad" role="alert" data-problem hidden></p>
        </form>
        <noscript>
          <p class="hint">
            Signing in with a passkey requires JavaScript. A one-time link works without it.
          </p>
        </noscript>
        {isOpen && (
          <p>
            No account yet? <a href="/sign-up">Create account</a>
          </p>
        )}
        <p class="hint">
          Metrion has no passwords. Without a passkey, you sign in with a one-time link to your
          account, which the operator of this deployment creates with <code>npm run invite</code>.{' '}
          <a href="/join">Paste a one-time link</a>
        </p>
      </section>
    </Layout>
  )
}

export interface AccessProps {
  /** The address from Cloudflare Access. */
  email: string
  /** The account that this address is invited to. Null: there is no invitation. */
  invitedTo: string | null
  /** This person may create an account. */
  mayOpen: boolean
  problem: string | null
  /** The page to come back to. */
  back: string | null
}

/** The page for an address that Cloudflare Access vouches for and no member has. */
export function AccessPage({ email, invitedTo, mayOpen, problem, back }: AccessProps) {
  const isWelcome = invitedTo !== null || mayOpen
  return (
    <Layout title="Welcome" viewer={null} path="/sign-in">
      <section class="card">
        <h1>Welcome to Metrion</h1>
        <p class="lead">
          Cloudflare Access has identified you as <strong>{email}</strong>.
        </p>
        {problem && <Note kind="bad">{problem}</Note>}
        {invitedTo !== null && <p>You are invited to the account {invitedTo}.</p>}
        {isWelcome ? (
          <form class="stack" method="post" action="/access">
            <NameField name="" />
            <button type="submit">
              {invitedTo === null ? 'Create account' : 'Accept invitation'}
            </button>
          </form>
        ) : (
          <p>
            No member has this address. Ask an owner of your account to invite it under Settings,
            then reload this page.
          </p>
        )}
        <form class="stack" data-sign-in data-back={back ?? undefined} data-needs-script>
          <p class="hint">
            Already a member? Sign in with a passkey or a one-time link, then link this address
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
