import type { AccountMember, OpenLink } from '../../people/members/store.ts'
import { ROLE_TITLES, ROLES } from '../../credentials/roles.ts'
import { When } from '../../web/when.tsx'

export interface MembersProps {
  members: readonly AccountMember[]
  /** The id of the signed-in member. */
  viewerId: string
  isOwner: boolean
  /** The new one-time link, shown in this response only. */
  link: string | null
  /** One-time links that are neither used nor expired. Empty unless the viewer is an owner. */
  openLinks: readonly OpenLink[]
  /** The tokens whose texts a member who was just removed may have. */
  exposed: readonly { id: string; name: string }[]
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
        Viewers read everything and change nothing. Members can also create and revoke tokens and
        change the xAI key. Owners also manage people, budgets, alerts and the account. Only its
        creator and owners can see a token.
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
      {exposed.length > 0 && <Exposed tokens={exposed} />}
      <ul class="rows">
        {members.map((member) => (
          <li>
            <div>
              <strong>{member.id === viewerId ? `${member.name} (you)` : member.name}</strong>
              <p class="hint">
                {ROLE_TITLES[member.role]} since <When ms={member.createdAtMs} />
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
        <button class="plain" type="submit" name="role" value="viewer">
          Invite viewer
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
  return (
    <details>
      <summary>Change {member.name}</summary>
      <div class="field-row">
        <form method="post" action={`${path}/role`}>
          {ROLES.filter((role) => role !== member.role).map((role) => (
            <button class="plain" type="submit" name="role" value={role}>
              Make {role}
            </button>
          ))}
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

/** Somebody who may not see them any more may have copies. */
function Exposed({ tokens }: { tokens: readonly { id: string; name: string }[] }) {
  const names = tokens.map(({ name }) => name)
  return (
    <div class="note bad" role="alert">
      <p>
        This person could see {names.length === 1 ? 'this token' : 'these tokens'}:{' '}
        <strong>{names.join(', ')}</strong>. A copy works until you regenerate the token.
        Applications that use the old token then stop working within a minute.
      </p>
      <form method="post" action="/settings/tokens/regenerate-all">
        <input type="hidden" name="ids" value={tokens.map(({ id }) => id).join(' ')} />
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
                Created by {link.createdBy ?? 'the command line'}, expires{' '}
                <When ms={link.expiresAtMs} />
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
  const guest = `New ${role}`
  return email === null ? guest : `${guest}, ${email}`
}
