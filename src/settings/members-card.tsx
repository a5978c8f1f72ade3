import type { AccountMember } from '../members/store.ts'
import { when } from '../web/format.ts'

export interface MembersProps {
  members: readonly AccountMember[]
  /** Who is looking. */
  viewerId: string
  isOwner: boolean
  /** A one-time link that has just been made, shown this once. */
  link: string | null
}

export function MembersCard({ members, viewerId, isOwner, link }: MembersProps) {
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
      {isOwner && (
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
      )}
    </section>
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
            {other === 'owner' ? 'Make an owner' : 'Make a plain member'}
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
