import type { Member } from '../../../credentials/sessions/store.ts'
import { Note } from '../../../web/layout.tsx'

export interface AboutMeProps {
  member: Pick<Member, 'name' | 'email'>
  problem: string | null
  /** The address from Cloudflare Access, if it is not linked to this member. */
  unconnected: string | null
}

export function AboutMeCard({ member, problem, unconnected }: AboutMeProps) {
  return (
    <section class="card" aria-labelledby="me-title" id="me">
      <header>
        <h2 id="me-title">Your profile</h2>
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
          Metrion sends no e-mail. If you lose all your passkeys, the operator of this deployment
          can use this address to let you sign in again.
        </p>
        <button type="submit">Save</button>
      </form>
      {unconnected !== null && (
        <form class="stack" method="post" action="/settings/me/access">
          <p>
            Cloudflare Access has identified you as <strong>{unconnected}</strong>.
          </p>
          <button class="plain" type="submit">
            Link this address and sign in with Access
          </button>
        </form>
      )}
    </section>
  )
}
