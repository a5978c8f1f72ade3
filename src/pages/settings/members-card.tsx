import type { AccountMember, OpenLink } from '../../people/members/store.ts'
import { when } from '../../http/format.ts'

export interface MembersProps {
  members: readonly AccountMember[]
  /** The id of the signed-in member. */
  viewerId: string
  isOwner: boolean
  /** The new one-time link, shown in this response only. */
  link: string | null
  /** One-time links that are neither used nor expired. Empty unless the viewer is an owner. */
  openLinks: readonly OpenLink[]
  /** Names of the tokens that a member who was just removed could see. Null: no member was just removed. */
  exposed: readonly string[] | null
}

export function MembersCard(props: MembersProps) {
  const { members, viewerId, isOwner, link, openLinks, exposed } = props
  return (
    <section class="card" aria-labelledby="members-title">
      <header>
        <h2 id="members-title">Members</h2>
        <a href="/settings/audit">Audit log</a>
      </header>
      <p class="hint">
        All members see the ledger and can change tokens and the xAI key. Owners also manage
        members.
      </p>
      {link && (
        <div class="note good" role="status">
          <p>
            Send this link to the person you invited. It works once, for 24 hours, and is shown only
            now.
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
      <label for="guest-email">E-mail of the person you invite (optional)</label>
      <input
        type="email"
        id="guest-email"
        name="email"
        maxlength={254}
        placeholder="ada@example.com"
      />
      <div class="field-row">
        <button type="submit" name="role" value="member">
          Invite member
        </button>
        <button class="plain" type="submit" name="role" value="owner">
          Invite owner
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

/** Every member can see the tokens, so a removed member may have copies. */
function Exposed({ names }: { names: readonly string[] }) {
  return (
    <div class="note bad" role="alert">
      <p>
        The removed member could see {names.length === 1 ? 'this token' : 'these tokens'}:{' '}
        <strong>{names.join(', ')}</strong>. A copy works until you regenerate the token.
        Applications that use the old token then stop working within a minute.
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
      <h3 id="open-links">Unused one-time links</h3>
      <ul class="rows" aria-labelledby="open-links">
        {links.map((link) => (
          <li>
            <div>
              <strong>{guestOf(link)}</strong>
              <p class="hint">
                Created by {link.createdBy ?? 'the command line'}, expires {when(link.expiresAtMs)}
              </p>
            </div>
            <form method="post" action={`/settings/members/links/${link.id}/withdraw`}>
              <button class="plain" type="submit">
                Revoke
              </button>
            </form>
          </li>
        ))}
      </ul>
    </>
  )
}

function guestOf({ role, email, memberName }: OpenLink): string {
  if (memberName !== null) return `${memberName} (existing member)`
  const guest = role === 'owner' ? 'New owner' : 'New member'
  return email === null ? guest : `${guest}, ${email}`
}
