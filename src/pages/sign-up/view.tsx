import { NameField } from '../accounts/forms.tsx'
import { PasskeyHint } from '../passkeys/hint.tsx'
import { Layout } from '../../web/layout.tsx'

export function SignUpPage({ url }: { url: string }) {
  return (
    <Layout title="Create an account" viewer={null} path="/sign-up">
      <section class="card">
        <h1>Create an account</h1>
        <p class="lead">
          A name and a passkey: your fingerprint, face or device lock. No password.
        </p>
        <PasskeyHint url={url} />
        <form class="stack" data-sign-up data-needs-script>
          <NameField name="" />
          <button type="submit">Create it with a passkey</button>
          <p class="note bad" role="alert" data-problem hidden></p>
        </form>
        <noscript>
          <p>Making a passkey needs JavaScript: only a script may talk to your authenticator.</p>
        </noscript>
        <p class="hint">
          Been here before? <a href="/sign-in">Sign in</a>
        </p>
      </section>
    </Layout>
  )
}
