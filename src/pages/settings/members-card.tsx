import type { AccountMember, OpenLink } from '../../people/members/store.ts'
import { when } from '../../http/format.ts'

export interface MembersProps {
  members: readonly AccountMember[]
  /** Who is looking. */
  viewerId: string
  isOwner: boolean
  /** A one-time link that has just been made, shown this once. */
  link: string | null
  /** One-time links that can still be used; owners see them. */
  openLinks: readonly OpenLink[]
  /** Names of the tokens that somebody who has just been removed could see; null: nobody has been. */
  exposed: readonly string[] | null
}

export function MembersCard(props: MembersProps) {
  const { members, viewerId, isOwner, link, openLinks, exposed } = props
  return (
    <section class="card" aria-labelledby="members-title">
      <header>
        <h2 id="members-title">People in this account</h2>
        <a href="/settings/audit">Who did what</a>
      </header>
      <p class="hint">
        Everybody sees the ledger and may change tokens and the xAI key; owners also say who is in.
      </p>
      {link && (
        <div class="note good" role="status">
          <p>
            Hand this link over. It lets one person in, once, within 24 hours; it is shown only now.
          </p>
          <div class="secret">
            <code id="member-link">{link}</code>
            <button class="plain" type="button" data-copy="member-link" data-needs-script>
              Copy
            </button>
          </div>
        </div>
      )}
      {exposed && exposed.length > 0 && <Exposed names={exposed} />}
      <ul class="rows">
        {members.map((member) => (
          <li>
            <div>
              <strong>{member.id === viewerId ? `${member.name} (you)` : member.name}</strong>
              <p class="hint">
                {member.role === 'owner' ? 'Owner' : 'Member'} since {when(member.createdAtMs)}
                {member.email && `, ${member.email}`}
              </p>
            </div>
            {isOwner && members.length > 1 && <MemberForms member={member} />}
          </li>
        ))}
      </ul>
      {openLinks.length > 0 && <OpenLinks links={openLinks} />}
      {isOwner && <InviteForm />}
    </section>
  )
}

function InviteForm() {
  return (
    <form class="stack" method="post" action="/settings/members/invite">
      <label for="guest-email">E-mail of somebody new, if you know it</label>
      <input
        type="email"
        id="guest-email"
        name="email"
        maxlength={254}
        placeholder="ada@example.com"
      />
      <div class="field-row">
        <button type="submit" name="role" value="member">
          Invite a member
        </button>
        <button class="plain" type="submit" name="role" value="owner">
          Invite an owner
        </button>
      </div>
    </form>
  )
}

function MemberForms({ member }: { member: AccountMember }) {
  const path = `/settings/members/${member.id}`
  const other = member.role === 'owner' ? 'member' : 'owner'
  return (
    <details>
      <summary>Change {member.name}</summary>
      <div class="field-row">
        <form method="post" action={`${path}/role`}>
          <button class="plain" type="submit" name="role" value={other}>
            {other === 'owner' ? 'Make owner' : 'Make member'}
          </button>
        </form>
        <form method="post" action={`${path}/remove`}>
          <button class="danger" type="submit">
            Remove {member.name}
          </button>
        </form>
      </div>
    </details>
  )
}

/** Tokens can be shown to every member, so that whoever has gone may have copies of them. */
function Exposed({ names }: { names: readonly string[] }) {
  return (
    <div class="note bad" role="alert">
      <p>
        That person could see {names.length === 1 ? 'this token' : 'these tokens'}:{' '}
        <strong>{names.join(', ')}</strong>. A copy works until the token is regenerated.
        Regenerating stops every application that uses the old one within a minute.
      </p>
      <form method="post" action="/settings/tokens/regenerate-all">
        <button class="danger" type="submit">
          Regenerate {names.length === 1 ? 'it' : `all ${names.length}`}
        </button>
      </form>
    </div>
  )
}

function OpenLinks({ links }: { links: readonly OpenLink[] }) {
  return (
    <>
      <h3 id="open-links">Open one-time links</h3>
      <ul class="rows" aria-labelledby="open-links">
        {links.map((link) => (
          <li>
            <div>
              <strong>{guestOf(link)}</strong>
              <p class="hint">
                by {link.createdBy ?? 'the command line'}, until {when(link.expiresAtMs)}
              </p>
            </div>
            <form method="post" action={`/settings/members/links/${link.id}/withdraw`}>
              <button class="plain" type="submit">
                Withdraw
              </button>
            </form>
          </li>
        ))}
      </ul>
    </>
  )
}

function guestOf({ role, email, memberName }: OpenLink): string {
  if (memberName !== null) return `${memberName}, to come back`
  const guest = role === 'owner' ? 'A new owner' : 'A new member'
  return email === null ? guest : `${guest}, ${email}`
}
