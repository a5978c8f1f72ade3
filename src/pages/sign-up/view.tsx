import { NameField } from '../accounts/forms.tsx'
import { PasskeyHint } from '../accounts/passkey-hint.tsx'
import { Layout } from '../../web/layout.tsx'

export function SignUpPage({ url }: { url: string }) {
  return (
    <Layout title="Create account" viewer={null} path="/sign-up">
      <section class="card">
        <h1>Create account</h1>
        <p class="lead">
          You need a name and a passkey (your fingerprint, face or device lock), but no password.
        </p>
        <PasskeyHint url={url} />
        <form class="stack" data-sign-up data-needs-script>
          <NameField name="" />
          <button type="submit">Create account with a passkey</button>
          <p class="note bad" role="alert" data-problem hidden></p>
        </form>
        <noscript>
          <p>Creating a passkey requires JavaScript.</p>
        </noscript>
        <p class="hint">
          Already a member? <a href="/sign-in">Sign in</a>
        </p>
      </section>
    </Layout>
  )
}
