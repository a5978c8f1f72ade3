import type { Member } from '../../../credentials/sessions/store.ts'
import { Note } from '../../../web/layout.tsx'

export interface AboutMeProps {
  member: Pick<Member, 'name' | 'email'>
  problem: string | null
  /** An address that Cloudflare Access vouches for now, and that is not connected with this member. */
  unconnected: string | null
}

export function AboutMeCard({ member, problem, unconnected }: AboutMeProps) {
  return (
    <section class="card" aria-labelledby="me-title" id="me">
      <header>
        <h2 id="me-title">You</h2>
      </header>
      {problem && <Note kind="bad">{problem}</Note>}
      <form class="stack" method="post" action="/settings/me">
        <label for="my-name">Your name</label>
        <input type="text" id="my-name" name="name" value={member.name} required maxlength={100} />
        <label for="my-email">Your e-mail</label>
        <input
          type="email"
          id="my-email"
          name="email"
          value={member.email ?? ''}
          maxlength={254}
          aria-describedby="my-email-hint"
        />
        <p class="hint" id="my-email-hint">
          Nothing is sent to it. Should you lose every passkey, whoever runs this deployment lets
          you back in by it.
        </p>
        <button type="submit">Save</button>
      </form>
      {unconnected !== null && (
        <form class="stack" method="post" action="/settings/me/access">
          <p>
            Cloudflare Access says that you are <strong>{unconnected}</strong>.
          </p>
          <button class="plain" type="submit">
            Sign me in by Access from now on
          </button>
        </form>
      )}
    </section>
  )
}
